namespace Orchestrator.Fleet.Colocation;

/// <summary>
/// How a co-located cluster's machines are divided between online and batch work. The values of each state are data
/// (<see cref="Profile"/>), never constants.
/// </summary>
public enum ColocationState
{
    /// <summary>0 : 100, all batch. Id <c>offline-only</c>.</summary>
    OfflineOnly,

    /// <summary>30 : 70; batch may take what online leaves idle. Id <c>transitional</c>.</summary>
    Transitional,

    /// <summary>50 : 50, for load tests and a promotion's hours off the peak. Id <c>stress-test</c>.</summary>
    StressTest,

    /// <summary>Online takes all but the batch floor; batch shrinks and drains. Id <c>peak-degrade-lossless</c>.</summary>
    PeakDegradeLossless,

    /// <summary>The same with floor 0; batch tasks are killed and requeued. Id <c>peak-degrade-lossy</c>.</summary>
    PeakDegradeLossy,
}
