using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Text;

namespace Orchestrator.Fleet.Guarding;

/// <summary>What must be true before a cluster moves. Pure: the same facts give the same results.</summary>
public static class Guards
{
    /// <summary>The guards of a legal move, in the order in which they are checked.</summary>
    /// <exception cref="ArgumentException">The move is not legal.</exception>
    public static ImmutableArray<GuardInfo> For(ColocationState from, ColocationState to) =>
        [.. Table(from, to).Select(guard => guard.Info)];

    /// <summary>Checks every guard of a legal move, all of them, also after one that does not hold.</summary>
    /// <param name="waive">Reasons by guard name. Those for guards that cannot be waived, and blank ones, change nothing.</param>
    /// <exception cref="ArgumentException">The move is not legal.</exception>
    public static ImmutableArray<GuardResult> Check(
        ColocationState from, ColocationState to, GuardFacts facts, IReadOnlyDictionary<string, string>? waive = null) =>
        [.. Table(from, to).Select(guard => guard.Check(facts, waive?.GetValueOrDefault(guard.Name)))];

    /// <summary>What is wrong with a runbook's waivers: no such guard, one that cannot be waived, or no reason. Empty: nothing.</summary>
    public static ImmutableArray<string> CheckWaivers(IReadOnlyDictionary<string, string> waive) =>
        [.. waive.OrderBy(waiver => waiver.Key, StringComparer.Ordinal).Select(CheckWaiver).OfType<string>()];

    private static string? CheckWaiver(KeyValuePair<string, string> waiver)
    {
        var (name, reason) = waiver;
        var guard = AllGuards.FirstOrDefault(guard => guard.Name == name);
        return guard switch
        {
            null => $"there is no guard '{name}'{Suggest.Hint(name, [.. AllGuards.Where(known => known.Waivable).Select(known => known.Name)])}",
            { Waivable: false } => $"the guard '{name}' can never be waived; remove it from 'waive'",
            _ when string.IsNullOrWhiteSpace(reason) => $"the waiver of '{name}' needs a reason; say why the move is safe without it",
            _ => null,
        };
    }

    private static ImmutableArray<Guard> AllGuards { get; } =
    [
        .. ColocationStates.All
            .SelectMany(from => Moves.From(from).SelectMany(to => GuardTable.For(from, to)))
            .DistinctBy(guard => guard.Name),
    ];

    private static ImmutableArray<Guard> Table(ColocationState from, ColocationState to) =>
        Moves.IsLegal(from, to) ? GuardTable.For(from, to) : throw new ArgumentException(Moves.Check(from, to).Reason);
}
