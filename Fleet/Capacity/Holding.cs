using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Capacity;

/// <summary>A number of a cluster's nodes in one state, from one change of that number to the next.</summary>
/// <param name="To">Null: still so.</param>
public sealed record NodeHolding(string Cluster, ColocationState State, int Nodes, DateTimeOffset From, DateTimeOffset? To);

/// <summary>One life of a unit: a name used again after a release is another life.</summary>
public sealed record UnitHolding
{
    public required string Unit { get; init; }

    public required UnitKind Kind { get; init; }

    public string? Cluster { get; init; }

    /// <summary>How many it holds now, or held last.</summary>
    public int Hosts => Held.IsEmpty ? 0 : Held[^1].Hosts;

    /// <summary>How many it held from when on, the first from the plan; each until the next.</summary>
    public required ImmutableArray<HostCount> Held { get; init; }

    public decimal CostPerHostHour { get; init; }

    /// <summary>What one host has, in thousandths of a core; 0: not recorded.</summary>
    public long CpuMilliPerHost { get; init; }

    /// <summary>Prices an hour of its database, cache and balancer, by resource; one that is not there is not known.</summary>
    public ImmutableSortedDictionary<string, decimal> ResourcePrices { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>From here on it holds its hosts.</summary>
    public required DateTimeOffset Planned { get; init; }

    public DateTimeOffset? Provisioned { get; init; }

    /// <summary>When an inspection first passed.</summary>
    public DateTimeOffset? Ready { get; init; }

    /// <summary>To here it holds its hosts; null: it still does.</summary>
    public DateTimeOffset? Released { get; init; }

    /// <summary>Hosts × hours between two times, which need not lie within the unit's life. Hours.</summary>
    public double HostHours(DateTimeOffset from, DateTimeOffset to)
    {
        var (hours, end) = (0.0, Released is { } released && released < to ? released : to);
        for (var i = 0; i < Held.Length; i++)
        {
            var (begin, until) = (Held[i].From > from ? Held[i].From : from, i + 1 < Held.Length && Held[i + 1].From < end ? Held[i + 1].From : end);
            if (until > begin) hours += Held[i].Hosts * (until - begin).TotalHours;
        }

        return hours;
    }

    /// <summary>What it cost between two times: its hosts, and what it has beside them as far as the prices of that are known.</summary>
    public decimal Cost(DateTimeOffset from, DateTimeOffset to)
    {
        var hours = new ReportWindow(from, to).Hours(Planned, Released);
        return CostFigures.Amount(HostHours(from, to), CostPerHostHour) + ResourcePrices.Values.Sum(price => CostFigures.Amount(hours, price));
    }

    /// <summary>How many hosts it holds at a moment; 0 outside of its life.</summary>
    public int HostsAt(DateTimeOffset at) => at < Planned || at >= Released ? 0 : Held.LastOrDefault(count => count.From <= at)?.Hosts ?? 0;
}

/// <summary>A number of hosts, from a change of it to the next.</summary>
public sealed record HostCount(DateTimeOffset From, int Hosts);

/// <summary>Nodes of one wave on their way from one state to another: from the wave before (or the plan) to their own read-back.</summary>
/// <param name="State">That they went to.</param>
public sealed record NodeTransition(string Cluster, ColocationState State, int Nodes, DateTimeOffset From, DateTimeOffset To);

/// <summary>One node in one state.</summary>
/// <param name="To">Null: still so.</param>
public sealed record NodeSpan(string Cluster, string Node, ColocationState State, DateTimeOffset From, DateTimeOffset? To);

/// <summary>A balance of traffic, until the next. Weights in percent by destination.</summary>
public sealed record TrafficSpan(DateTimeOffset From, IReadOnlyDictionary<string, int> Weights);

/// <summary>Traffic at one moment, in requests a second, as the balancer counted it.</summary>
public readonly record struct TrafficReading(DateTimeOffset At, double Demand);

/// <summary>Requests a second that were answered without a failure, by destination, as a mean over the time before.</summary>
/// <param name="ByDestination">Null: not known, as <paramref name="Unknown"/> says.</param>
public sealed record ServedReading(DateTimeOffset At, IReadOnlyDictionary<string, double>? ByDestination, double? WindowSeconds, string? Unknown);

/// <summary>The order counters at one moment.</summary>
/// <param name="Unknown">Why there are none; null: there are.</param>
public sealed record OrderReading(DateTimeOffset At, ImmutableArray<OrderCount> Counts, string? Unknown);
