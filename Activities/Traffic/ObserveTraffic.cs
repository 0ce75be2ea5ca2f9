using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Activities.Metrics;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;
using TrafficReading = Orchestrator.Infra.Metrics.TrafficReading;

namespace Orchestrator.Activities.Traffic;

/// <summary>
/// Reads the gateways' metrics, the order counters and the NodeMetrics of the clusters that are known, and keeps the readings in the journal, where the peak and its end can be seen whatever
/// was killed in between. Without the traffic it fails; the others say there why they are not known.
/// </summary>
internal sealed class ObserveTraffic(TrafficMetrics traffic, OrderCounting orders, NodeMeasuring nodes, FleetFacts facts, FleetDefinition fleet) : IActivity<ObserveTrafficArguments, ObserveTrafficResult>
{
    public async Task<ObserveTrafficResult> ExecuteAsync(ObserveTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        if (arguments.For > TimeSpan.Zero && arguments.Every < TimeSpan.FromSeconds(1))
        {
            throw new ActivityFailedException("bad-argument", "every must be at least 1s", retryable: false);
        }

        var (reading, observed) = await ReadAsync("observed", context, cancellationToken);
        // An attempt that was cut short goes on with the readings that are still to come.
        for (var (number, end) = (2, observed.At + arguments.For); context.Clock.GetUtcNow() + arguments.Every <= end; number++)
        {
            context.Progress(1 - ((end - context.Clock.GetUtcNow()) / arguments.For), string.Create(CultureInfo.InvariantCulture, $"{observed.Demand:#,0} requests a second"));
            if (context.Recorded.ContainsKey($"observed/{number}")) continue;

            await Task.Delay(arguments.Every, context.Clock, cancellationToken);
            (reading, observed) = await ReadAsync($"observed/{number}", context, cancellationToken);
        }

        await context.RecordAsync("orders", await orders.ReadAsync(context.Clock, cancellationToken), cancellationToken);
        var (view, history) = await facts.ReadAsync(cancellationToken);
        foreach (var measured in await nodes.ReadAsync(view.Clusters.Keys, context.Clock, cancellationToken))
        {
            await context.RecordAsync($"measured/{measured.Cluster}", measured, cancellationToken);
        }

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

    private async Task<(TrafficReading Reading, TrafficObserved Observed)> ReadAsync(string key, TaskContext context, CancellationToken cancellationToken)
    {
        var reading = await MetricsFailures.TranslateAsync(traffic.ReadAsync, cancellationToken);
        var observed = await context.RecordAsync(
            key,
            new TrafficObserved(reading.Demand, reading.ByDestination)
            {
                At = context.Clock.GetUtcNow(),
                ServedByDestination = reading.ServedByDestination,
                WindowSeconds = reading.Window.TotalSeconds,
                Unknown = reading.ServedByDestination is not null ? null : reading.Unknown.FirstOrDefault("of a destination the failures are not known"),
            },
            cancellationToken);
        return (reading, observed);
    }
}
