using System.Collections.Immutable;
using Orchestrator.Fleet.Demand;

namespace Orchestrator.Simulator.Balancing;

/// <summary>What was counted since the process began.</summary>
/// <param name="LetIn">Requests that the entry let in.</param>
/// <param name="TurnedAway">Requests above the entry's limit.</param>
internal sealed record FlowCounts(DateTimeOffset At, long LetIn, long TurnedAway, ImmutableSortedDictionary<string, GatewayCount> ByDestination);

/// <summary>What a gateway has counted of one destination since the process began. Never falls.</summary>
/// <param name="Succeeded">Requests answered with 2xx.</param>
/// <param name="Failed">Requests answered with 5xx.</param>
/// <param name="Buckets">Answered within so many milliseconds, by <see cref="FlowSums.Bounds"/>.</param>
/// <param name="Milliseconds">The sum of all times.</param>
/// <param name="OrdersAccepted">Orders among the requests that were served.</param>
/// <param name="OrdersRejected">Orders among those that were not.</param>
internal sealed record GatewayCount(long Succeeded, long Failed, ImmutableArray<long> Buckets, double Milliseconds, long OrdersAccepted, long OrdersRejected)
{
    public long Completed => Succeeded + Failed;
}

/// <summary>Sums of one destination. A destination without a weight is forgotten, as an Envoy forgets a cluster that it no longer has.</summary>
internal sealed class FlowSums
{
    /// <summary>Upper bounds of the latency's buckets, in milliseconds: those that Envoy has by default, without the last three.</summary>
    public static readonly ImmutableArray<double> Bounds = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];

    /// <summary>An exponential distribution, whose 99th percentile is this many times its mean: −ln 0.01.</summary>
    private static readonly double percentileOfMean = -Math.Log(0.01);

    private readonly double[] _buckets = new double[Bounds.Length];
    private double _succeeded;
    private double _failed;
    private double _milliseconds;
    private double _ordersAccepted;
    private double _ordersRejected;

    /// <param name="p99">Of those that were served; those that were rejected waited for the timeout.</param>
    /// <param name="customers">Part of the requests that are customers', 0 to 1: a load test orders nothing.</param>
    public void Add(double served, double rejected, double p99, double customers, ApplicationProfile application)
    {
        var mean = p99 / percentileOfMean;
        _succeeded += served;
        _failed += rejected;
        _milliseconds += (served * mean) + (rejected * application.TimeoutMilliseconds);
        _ordersAccepted += served * customers * application.OrdersPerRequest;
        _ordersRejected += rejected * customers * application.OrdersPerRequest;
        for (var index = 0; index < Bounds.Length; index++)
        {
            _buckets[index] += (served * (1 - Math.Exp(-Bounds[index] / mean))) + (Bounds[index] >= application.TimeoutMilliseconds ? rejected : 0);
        }
    }

    /// <summary>Whole requests. Each is rounded down by itself, so that none falls when another rises.</summary>
    public GatewayCount Show()
    {
        var (succeeded, failed) = ((long)_succeeded, (long)_failed);
        return new GatewayCount(succeeded, failed, [.. _buckets.Select(bucket => Math.Min((long)bucket, succeeded + failed))], _milliseconds, (long)_ordersAccepted, (long)_ordersRejected);
    }
}
