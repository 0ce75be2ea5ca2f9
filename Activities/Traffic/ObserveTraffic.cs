using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Activities.Metrics;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>Reads the gateways' metrics and keeps the reading in the journal, where the peak and its end can be seen whatever was killed in between.</summary>
internal sealed class ObserveTraffic(TrafficMetrics traffic, FleetFacts facts, FleetDefinition fleet) : IActivity<ObserveTrafficArguments, ObserveTrafficResult>
{
    public async Task<ObserveTrafficResult> ExecuteAsync(ObserveTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var reading = await MetricsFailures.TranslateAsync(traffic.ReadAsync, cancellationToken);
        var observed = await context.RecordAsync(
            "observed", new TrafficObserved(reading.Demand, reading.ByDestination) { At = context.Clock.GetUtcNow() }, cancellationToken);
        var (_, history) = await facts.ReadAsync(cancellationToken);
        var peak = history.Peak;
        var now = context.Clock.GetUtcNow();
        return new ObserveTrafficResult
        {
            Total = observed.Demand,
            ByDestination = observed.ByDestination.ToImmutableSortedDictionary(StringComparer.Ordinal),
            P99Milliseconds = reading.P99?.TotalMilliseconds,
            ErrorRate = reading.ErrorRate,
            SampledAt = reading.At,
            Peak = peak.Demand,
            PeakAt = peak.At,
            ShareOfPeak = peak.Demand > 0 ? observed.Demand / peak.Demand : 1,
            BelowFor = history.BelowFor(arguments.Below / 100.0).TotalSeconds,
            Expected = fleet.AdmittedTraffic.PeakBetween(now, now + arguments.Ahead),
            HomeCapacity = CapacityForecast.Home(fleet),
        };
    }
}
