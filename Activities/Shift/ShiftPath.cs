using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Shift;

/// <summary>Which nodes move next, and where to.</summary>
internal static class ShiftPath
{
    /// <summary>
    /// The next legal move on the way to <paramref name="target"/>: the nodes farthest from it go first, so that a cluster whose
    /// nodes differ (a shift that was cut short) comes together on the way. Null when all nodes are there.
    /// </summary>
    /// <exception cref="ActivityFailedException">A node is more than one move away and <paramref name="through"/> is false.</exception>
    public static (ColocationState From, ColocationState To)? Next(
        string cluster, IEnumerable<ColocationState> present, ColocationState target, bool through)
    {
        var farthest = present
            .Distinct()
            .Where(state => state != target)
            .Select(state => (State: state, Path: Moves.Path(state, target)))
            .OrderByDescending(way => way.Path.Length)
            .ThenByDescending(way => way.State)
            .FirstOrDefault((State: target, Path: ImmutableArray<ColocationState>.Empty));
        return farthest.Path switch
        {
            [] => null,
            [var next] => (farthest.State, next),
            [var next, ..] when through => (farthest.State, next),
            _ => throw new ActivityFailedException(
                "illegal-move", $"cluster {cluster}: {Moves.Check(farthest.State, target).Reason}; or say through: true", retryable: false),
        };
    }
}
