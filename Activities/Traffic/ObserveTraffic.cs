using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Facts;
using Orchestrator.Activities.Metrics;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>
/// Reads the gateways' metrics, the order counters and the NodeMetrics of the clusters that are known, and keeps the readings in the journal, where the peak and its end can be seen whatever
/// was killed in between. Without the traffic it fails; the others say there why they are not known.
/// </summary>
internal sealed class ObserveTraffic(TrafficMetrics traffic, OrderCounting orders, NodeMeasuring nodes, FleetFacts facts) : IActivity<ObserveTrafficArguments, ObserveTrafficResult>
{
    public async Task<ObserveTrafficResult> ExecuteAsync(ObserveTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var reading = await MetricsFailures.TranslateAsync(traffic.ReadAsync, cancellationToken);
        var observed = await context.RecordAsync(
            "observed",
            new TrafficObserved(reading.Demand, reading.ByDestination)
            {
                At = context.Clock.GetUtcNow(),
                ServedByDestination = reading.ServedByDestination,
                WindowSeconds = reading.Window.TotalSeconds,
                Unknown = reading.ServedByDestination is not null ? null : reading.Unknown.FirstOrDefault("of a destination the failures are not known"),
            },
            cancellationToken);
        await context.RecordAsync("orders", await orders.ReadAsync(context.Clock, cancellationToken), cancellationToken);
        var (view, history) = await facts.ReadAsync(cancellationToken);
        foreach (var measured in await nodes.ReadAsync(view.Clusters.Keys, context.Clock, cancellationToken))
        {
            await context.RecordAsync($"measured/{measured.Cluster}", measured, cancellationToken);
        }

        var peak = history.Peak;
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
        };
    }
}
