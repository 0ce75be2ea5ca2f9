using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Fleet.Capacity;

/// <summary>Orders from the application's counters, as they were read: the increase between readings.</summary>
internal static class OrderFigures
{
    /// <summary>The outcome of an order that the application took.</summary>
    public const string Accepted = "accepted";

    public static OrdersReport? Of(Ledger ledger, ReportWindow window, Unknowns unknown)
    {
        var within = ledger.Orders.Where(reading => window.Holds(reading.At)).ToArray();
        var read = within.Where(reading => reading.Unknown is null).ToArray();
        if (read.Length < 2)
        {
            unknown.Add("orders", (within.LastOrDefault(reading => reading.Unknown is not null)?.Unknown, read.Length) switch
            {
                ({ } reason, _) => $"the order counters could not be read: {reason}",
                (null, 1) => "the order counters were read once, and an increase needs two readings",
                _ => "nothing has read the order counters (fleet.survey, traffic.observe, traffic.shift and fleet.report do)",
            });
            return null;
        }

        var sums = new SortedDictionary<string, SortedDictionary<string, double>>(StringComparer.Ordinal);
        var last = new Dictionary<(string, string, string), double>();
        var destinations = new HashSet<string>(StringComparer.Ordinal);
        foreach (var reading in read)
        {
            var first = ReferenceEquals(reading, read[0]);
            foreach (var count in reading.Counts)
            {
                var increase = last.TryGetValue((count.Series, count.Destination, count.Outcome), out var before)
                    // It began again at zero where it fell, as Prometheus has it.
                    ? count.Value >= before ? count.Value - before : count.Value
                    // A destination that no reading had before began at zero; a series that is new to a known one may only have been found late.
                    : first || destinations.Contains(count.Destination) ? 0 : count.Value;
                last[(count.Series, count.Destination, count.Outcome)] = count.Value;
                if (!sums.TryGetValue(count.Destination, out var byOutcome)) sums[count.Destination] = byOutcome = new(StringComparer.Ordinal);
                byOutcome[count.Outcome] = byOutcome.GetValueOrDefault(count.Outcome) + increase;
            }

            destinations.UnionWith(reading.Counts.Select(count => count.Destination));
        }

        if (sums.Count == 0)
        {
            unknown.Add("orders", "the order counters were read and had no series");
            return null;
        }

        if (within.Length > read.Length)
        {
            unknown.Add("orders.failedReadings", string.Create(CultureInfo.InvariantCulture, $"{within.Length - read.Length} of {within.Length} readings gave nothing, the last because: {within.Last(reading => reading.Unknown is not null).Unknown}"));
        }

        return new OrdersReport(
            read[0].At,
            read[^1].At,
            sums.Values.Sum(outcomes => outcomes.GetValueOrDefault(Accepted)),
            sums.Values.Sum(outcomes => outcomes.Where(outcome => outcome.Key != Accepted).Sum(outcome => outcome.Value)),
            [.. sums.Select(destination => new DestinationOrders(destination.Key, destination.Value.ToImmutableSortedDictionary(StringComparer.Ordinal)))],
            read.Length,
            within.Length - read.Length);
    }

    /// <summary>An amount over accepted orders, for 10,000 of them; null: the orders, or the amount, are not known.</summary>
    public static decimal? Per10000(decimal? amount, OrdersReport? orders) =>
        amount is { } known && orders is { Accepted: > 0 } ? decimal.Round(known / (decimal)orders.Accepted * 10_000, 4) : null;
}
