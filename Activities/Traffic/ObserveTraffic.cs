using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>Reads the balancer and keeps the reading in the journal, where the peak and its end can be seen whatever was killed in between.</summary>
internal sealed class ObserveTraffic(BalancerClient balancer, FleetFacts facts) : IActivity<ObserveTrafficArguments, ObserveTrafficResult>
{
    public async Task<ObserveTrafficResult> ExecuteAsync(ObserveTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var reading = await balancer.TrafficAsync(cancellationToken);
        var observed = await context.RecordAsync(
            "observed", new TrafficObserved(reading.Demand, reading.ByDestination) { At = context.Clock.GetUtcNow() }, cancellationToken);
        var (_, traffic) = await facts.ReadAsync(cancellationToken);
        var peak = traffic.Peak;
        return new ObserveTrafficResult
        {
            Total = observed.Demand,
            ByDestination = observed.ByDestination.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Peak = peak.Demand,
            PeakAt = peak.At,
            ShareOfPeak = peak.Demand > 0 ? observed.Demand / peak.Demand : 1,
            BelowFor = traffic.BelowFor(arguments.Below / 100.0).TotalSeconds,
        };
    }
}
