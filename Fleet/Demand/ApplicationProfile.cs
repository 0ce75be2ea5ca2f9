namespace Orchestrator.Fleet.Demand;

/// <summary>
/// What the trading application does with a core: how many requests it serves, how long they take, how many of them are orders. All defaults are made up; a load test of the real
/// application gives the real ones.
/// </summary>
/// <remarks>
/// One queue for each destination, as M/M/1 has it: the response time is exponential, so its 99th percentile is that at rest divided by what is left of the rate at which the queue
/// never ends. That rate follows from the other figures: at <see cref="RequestsPerCore"/> the percentile is just the objective.
/// </remarks>
public sealed record ApplicationProfile
{
    /// <summary>Requests a second that one core serves with its 99th percentile at the objective. Default 40, as the import of traces takes it.</summary>
    public double RequestsPerCore { get; init; } = 40;

    /// <summary>99th percentile of the response time without load, in milliseconds. Default 40.</summary>
    public double BaseMilliseconds { get; init; } = 40;

    /// <summary>99th percentile that is still good, in milliseconds. Default 200.</summary>
    public double ObjectiveMilliseconds { get; init; } = 200;

    /// <summary>How long a request waits before it is rejected, in milliseconds. Default 2,000.</summary>
    public double TimeoutMilliseconds { get; init; } = 2_000;

    /// <summary>Orders for each request. Default 0.05.</summary>
    public double OrdersPerRequest { get; init; } = 0.05;

    /// <summary>What an instance loses of its cores, in percent, when batch work has the whole of its machine: caches and memory bandwidth are shared. Default 25.</summary>
    public double NeighbourLossPercent { get; init; } = 25;

    /// <summary>Percent of the customers' requests that are internal users', who go first wherever something new is tried. Default 0.5.</summary>
    public double InternalPercent { get; init; } = 0.5;

    /// <summary>Requests a second of one core at which the queue never ends: requests per core ÷ (1 − base ÷ objective).</summary>
    public double SaturationPerCore => RequestsPerCore / (1 - (BaseMilliseconds / ObjectiveMilliseconds));

    /// <summary>The most that one core serves in a second: more waits longer than the timeout. Saturation × (1 − base ÷ timeout).</summary>
    public double MostPerCore => SaturationPerCore * (1 - (BaseMilliseconds / TimeoutMilliseconds));

    /// <summary>99th percentile in milliseconds: base ÷ (1 − load), at most the timeout.</summary>
    /// <param name="load">Requests served ÷ saturation, 0 to 1.</param>
    public double P99(double load) => load >= 1 ? TimeoutMilliseconds : Math.Min(TimeoutMilliseconds, BaseMilliseconds / (1 - load));

    /// <summary>Cores that serve as well as without a neighbour, of an instance that shares its machine.</summary>
    /// <param name="batchShare">Part of the machine's cores that batch work uses, 0 to 1.</param>
    public double CoresBeside(double cores, double batchShare) => cores * (1 - (NeighbourLossPercent / 100 * Math.Clamp(batchShare, 0, 1)));
}
