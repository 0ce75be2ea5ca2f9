using System.Collections.Immutable;

namespace Orchestrator.Fleet.Colocation;

/// <summary>Which state a cluster may be moved to from which, and how it gets back. Source: reference table "Legal moves" in docs/fleet.md.</summary>
public static class Moves
{
    private static readonly ImmutableDictionary<ColocationState, ImmutableArray<ColocationState>> Next =
        new Dictionary<ColocationState, ImmutableArray<ColocationState>>
        {
            [ColocationState.OfflineOnly] = [ColocationState.Transitional],
            [ColocationState.Transitional] = [ColocationState.OfflineOnly, ColocationState.StressTest],
            [ColocationState.StressTest] = [ColocationState.Transitional, ColocationState.PeakDegradeLossless, ColocationState.PeakDegradeLossy],
            [ColocationState.PeakDegradeLossless] = [ColocationState.StressTest, ColocationState.PeakDegradeLossy],
            [ColocationState.PeakDegradeLossy] = [ColocationState.PeakDegradeLossless],
        }.ToImmutableDictionary();

    /// <summary>The states reachable in one move.</summary>
    public static ImmutableArray<ColocationState> From(ColocationState state) => Next[state];

    public static bool IsLegal(ColocationState from, ColocationState to) => Next[from].Contains(to);

    /// <summary>Whether the move is legal; when not, why, which moves are, and the way round.</summary>
    public static MoveCheck Check(ColocationState from, ColocationState to)
    {
        if (IsLegal(from, to))
        {
            return new MoveCheck(true, $"{from.Id()} to {to.Id()} is a legal move", Next[from]);
        }

        var alternatives = string.Join(", ", Next[from].Select(state => state.Id()));
        return from == to
            ? new MoveCheck(false, $"the cluster is in {to.Id()} already; from there it can go to {alternatives}", Next[from])
            : new MoveCheck(false,
                $"{from.Id()} to {to.Id()} is not a legal move; from {from.Id()} a cluster can go to {alternatives}; "
                + $"the way there is {string.Join(", then ", Path(from, to).Select(state => state.Id()))}",
                Next[from]);
    }

    /// <summary>The states to move to one after the other, the last being <paramref name="to"/>: the fewest moves there are. Empty when already there.</summary>
    public static ImmutableArray<ColocationState> Path(ColocationState from, ColocationState to)
    {
        var cameFrom = new Dictionary<ColocationState, ColocationState> { [from] = from };
        var open = new Queue<ColocationState>([from]);
        while (open.TryDequeue(out var state) && state != to)
        {
            foreach (var next in Next[state].Where(next => cameFrom.TryAdd(next, state)))
            {
                open.Enqueue(next);
            }
        }

        var path = new Stack<ColocationState>();
        for (var state = to; state != from; state = cameFrom[state])
        {
            path.Push(state);
        }

        return [.. path];
    }

    /// <summary>How to take a legal move back.</summary>
    /// <exception cref="ArgumentException">The move is not legal.</exception>
    public static WayBack WayBack(ColocationState from, ColocationState to) => (from, to) switch
    {
        _ when !IsLegal(from, to) => throw new ArgumentException(Check(from, to).Reason),
        (_, ColocationState.PeakDegradeLossy) => new(null, "nothing takes killed tasks back; requeue them from the checkpoint list"),
        (ColocationState.OfflineOnly, _) => new(from, "drain online pods, then label back"),
        (ColocationState.Transitional, ColocationState.StressTest) => new(from, "label back; batch grows again in about 10 s"),
        (ColocationState.StressTest, ColocationState.PeakDegradeLossless) => new(from, "label back and unblock batch submissions"),
        (ColocationState.PeakDegradeLossless, _) => new(from, "degrade again"),
        // Degrading again kills tasks a second time, so it is legal but never taken without asking.
        (ColocationState.PeakDegradeLossy, _) => new(from, "degrade again"),
        _ => new(from, "label forward"),
    };
}

/// <param name="Reason">One sentence for people, with what to do instead.</param>
/// <param name="Alternatives">The moves that are legal from here.</param>
public sealed record MoveCheck(bool Legal, string Reason, ImmutableArray<ColocationState> Alternatives);

/// <param name="To">The state to go back to; null: the move is irreversible.</param>
/// <param name="How">For people.</param>
public sealed record WayBack(ColocationState? To, string How)
{
    public bool Reversible => To is not null;
}
