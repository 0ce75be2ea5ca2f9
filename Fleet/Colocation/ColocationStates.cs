using System.Collections.Immutable;
using System.Diagnostics;

namespace Orchestrator.Fleet.Colocation;

/// <summary>The states' names as they stand in runbooks, node labels, profiles and reports.</summary>
public static class ColocationStates
{
    /// <summary>The node label whose value is the state's id; koord-manager selects a node's profile by it.</summary>
    public const string LabelKey = "orchestrator.io/colocation-state";

    /// <summary>In the order in which a cluster is lent, from all batch to the peak.</summary>
    public static ImmutableArray<ColocationState> All { get; } = [.. Enum.GetValues<ColocationState>()];

    public static string Id(this ColocationState state) => state switch
    {
        ColocationState.OfflineOnly => "offline-only",
        ColocationState.Transitional => "transitional",
        ColocationState.StressTest => "stress-test",
        ColocationState.PeakDegradeLossless => "peak-degrade-lossless",
        ColocationState.PeakDegradeLossy => "peak-degrade-lossy",
        _ => throw new UnreachableException(),
    };

    /// <summary>The state with that id, or null.</summary>
    public static ColocationState? TryParse(string? id) =>
        All.Where(state => state.Id() == id).Select(state => (ColocationState?)state).FirstOrDefault();

    /// <summary>
    /// The state a runbook names: an id, or <c>peak-degrade</c> with a mode. Without a mode <c>peak-degrade</c> is lossless, the
    /// milder one; a mode beside a full id must agree with it.
    /// </summary>
    /// <param name="mode"><c>lossless</c>, <c>lossy</c> or null; only for the peak.</param>
    /// <exception cref="FormatException">No such state or mode, or the mode does not belong to the state; the message names the ones there are.</exception>
    public static ColocationState Parse(string id, string? mode = null)
    {
        if (mode is not (null or "lossless" or "lossy"))
        {
            throw new FormatException($"'{mode}' is not a mode; use lossless or lossy");
        }

        if (id == "peak-degrade")
        {
            return mode == "lossy" ? ColocationState.PeakDegradeLossy : ColocationState.PeakDegradeLossless;
        }

        var state = TryParse(id)
            ?? throw new FormatException(
                $"'{id}' is not a co-location state; use offline-only, transitional, stress-test or peak-degrade (with mode lossless or lossy)");
        return mode is null || state.Id() == $"peak-degrade-{mode}"
            ? state
            : throw new FormatException($"the mode '{mode}' does not go with '{id}'; leave it out");
    }
}
