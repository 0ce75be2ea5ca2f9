using Orchestrator.Fleet.Colocation;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Shift;

/// <summary>One attempt of a shift: what it is asked for, what it works with, and the nodes that it has gone on without so far.</summary>
internal sealed class ShiftWork(ShiftClusterArguments arguments, ClusterDriver driver, ClusterLease lease, TaskContext context)
{
    public ShiftClusterArguments Arguments => arguments;

    public ClusterDriver Driver => driver;

    public ClusterLease Lease => lease;

    public TaskContext Context => context;

    public MaxUnavailable MaxUnavailable { get; } = MaxUnavailable.Parse(arguments.MaxUnavailable);

    /// <summary>The way back, and whoever says so, goes on without nodes that are not ready; each is named in the result.</summary>
    public bool LeavesUnready => arguments.LeaveUnready || context.Undo;

    /// <summary>Nodes left behind, with the state that they were in.</summary>
    public SortedDictionary<string, ColocationState> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>Nodes that the cluster has no longer.</summary>
    public SortedSet<string> Gone { get; } = new(StringComparer.Ordinal);

    public SortedSet<string> Unlabelled { get; } = new(StringComparer.Ordinal);

    /// <summary>Nodes whose label the API server has refused in this attempt: an undo goes on without them.</summary>
    public HashSet<string> Refused { get; } = new(StringComparer.Ordinal);

    public string Key(string of) => $"{context.IdempotencyKey}/{of}";

    public static bool IsPeak(ColocationState state) => state is ColocationState.PeakDegradeLossless or ColocationState.PeakDegradeLossy;

    public static ActivityFailedException Refuse(string code, string message) => new(code, message, retryable: false);
}

/// <summary>The keys of a hop's facts and effects. Hops and waves count from 1.</summary>
internal static class HopKeys
{
    public const string Found = "found";

    public static string Plan(int hop) => $"hop/{hop}/plan";

    public static bool IsPlan(string key) => key.StartsWith("hop/", StringComparison.Ordinal) && key.EndsWith("/plan", StringComparison.Ordinal);

    public static string Wave(int hop, int wave) => $"hop/{hop}/wave/{wave}";

    /// <summary>The nodes that were not available when their wave went.</summary>
    public static string Follow(int hop) => $"hop/{hop}/follow";

    public static string Kill(string wave, int round) => $"{wave}/kill/{round}";

    public static string Inspected(string wave, string unit, int attempt) => $"{wave}/inspected/{unit}/{attempt}";

    /// <summary>A guard turned, and the hop goes back.</summary>
    public static string Turned(int hop) => $"hop/{hop}/turned";

    public static string Back(int hop, string what) => $"hop/{hop}/back/{what}";

    public static string Freeze(int hop) => $"hop/{hop}/freeze";

    public static string Thaw(int hop) => $"hop/{hop}/thaw";

    public static string Done(int hop) => $"hop/{hop}/done";
}
