using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Runbooks;
using StateSet = System.Collections.Immutable.ImmutableSortedSet<Orchestrator.Fleet.Colocation.ColocationState>;

namespace Orchestrator.Activities.Rules;

/// <summary>One walk through a runbook, in the order in which its steps may come.</summary>
internal sealed class MovesWalk
{
    private readonly Dictionary<(Position Position, string Message), Severity> _findings = [];

    /// <summary>Every illegal move with its place.</summary>
    public IReadOnlyDictionary<(Position Position, string Message), Severity> Walk(Runbook runbook)
    {
        Walk(runbook.Steps, KnownStates.Start, ImmutableDictionary<string, Template>.Empty);
        return _findings;
    }

    private KnownStates Walk(IEnumerable<Step> steps, KnownStates known, ImmutableDictionary<string, Template> loops) =>
        steps.Aggregate(known, (before, step) =>
        {
            var after = Walk(step, before, loops);
            return step.When is null ? after : before.Or(after);
        });

    private KnownStates Walk(Step step, KnownStates known, ImmutableDictionary<string, Template> loops)
    {
        switch (step)
        {
            case RunStep { Activity: "cluster.shift" } run:
                return Shift(run, known, loops);
            case RunStep { Activity: "fleet.survey" } or RunbookStep:
                return KnownStates.Nothing;
            case SequenceStep sequence:
                return Walk(sequence.Steps, known, loops);
            case ParallelStep parallel:
                return parallel.Branches.Select(branch => Walk(branch.Steps, known, loops)).Aggregate(known, (all, branch) => all.With(branch, since: known));
            case IfStep choice:
                return Walk(choice.Then, known, loops).Or(Walk(choice.Else, known, loops));
            case ForEachStep each:
                return ForEach(each, known, loops);
            case RepeatStep repeat:
                return Again(repeat.Steps, Walk(repeat.Steps, known, loops), loops);
            case TryStep attempt:
                var after = Walk(attempt.Steps, known, loops);
                // A failure may come before or after any step of the block.
                after = attempt.Catch.IsEmpty ? after : after.Or(Walk(attempt.Catch, known.Or(after), loops));
                return attempt.Finally.IsEmpty ? after : Walk(attempt.Finally, known.Or(after), loops);
            default:
                return known;
        }
    }

    private KnownStates ForEach(ForEachStep each, KnownStates known, ImmutableDictionary<string, Template> loops)
    {
        if (StepArguments.Constant(each.Items) is { ValueKind: JsonValueKind.Array } items)
        {
            return items.EnumerateArray().Aggregate(
                known, (before, item) => Walk(each.Steps, before, loops.SetItem(each.As, new LiteralTemplate(item, each.Position))));
        }

        var inner = loops.SetItem(each.As, each.Items);
        return Again(each.Steps, Walk(each.Steps, known, inner), inner, except: each.As);
    }

    /// <summary>What a further round adds. Clusters that are the loop's own item are another cluster in every round, so they are not moved again.</summary>
    private KnownStates Again(ImmutableArray<Step> steps, KnownStates known, ImmutableDictionary<string, Template> loops, string? except = null)
    {
        if (except is not null)
        {
            return known;
        }

        // States only accumulate, and there are five: the walk settles within as many rounds.
        for (var round = 0; round < 5; round++)
        {
            known = known.Or(Walk(steps, known, loops));
        }

        return known;
    }

    private KnownStates Shift(RunStep run, KnownStates known, ImmutableDictionary<string, Template> loops)
    {
        if (KeyOf(StepArguments.Find(run.With, "cluster"), loops) is not { } cluster)
        {
            return known;
        }

        if (TargetOf(run.With) is not { } to)
        {
            return known.Forget(cluster);
        }

        if (known.Of(cluster) is { } from && !Through(run.With))
        {
            Note(run.Position, from, to);
        }

        if (run.Undo is { Activity: "cluster.shift" } undo && TargetOf(undo.With) is { } back && !Through(undo.With))
        {
            Note(undo.Position, [to], back);
        }

        return known.Set(cluster, to);
    }

    private void Note(Position position, StateSet from, ColocationState to)
    {
        var illegal = from.Where(state => state != to && !Moves.IsLegal(state, to)).ToImmutableArray();
        if (illegal.Length > 0)
        {
            var message = $"{string.Join(" or ", illegal.Select(state => state.Id()))} → {to.Id()} is not a legal move; "
                + "go by the states in between, or say through: true to take the shortest legal path";
            _findings[(position, message)] = illegal.Length == from.Count ? Severity.Error : Severity.Warning;
        }
    }

    private static bool Through(Template with) => StepArguments.Find(with, "through") is { } through
        && StepArguments.Constant(through) is not { ValueKind: JsonValueKind.False };

    private static ColocationState? TargetOf(Template with) =>
        (StepArguments.Text(with, "to"), StepArguments.Find(with, "mode") is { } mode ? StepArguments.Constant(mode)?.ToString() ?? "?" : null) switch
        {
            (null, _) => null,
            ("peak-degrade", null or "lossless") => ColocationState.PeakDegradeLossless,
            ("peak-degrade", "lossy") => ColocationState.PeakDegradeLossy,
            ("peak-degrade", _) => null,
            (var to, _) => ColocationStates.TryParse(to),
        };

    /// <summary>A name for the cluster an argument means, the same wherever the same cluster is meant; null when that cannot be told.</summary>
    private static string? KeyOf(Template? cluster, ImmutableDictionary<string, Template> loops) => cluster switch
    {
        LiteralTemplate { Value.ValueKind: JsonValueKind.String } literal => literal.Value.GetString(),
        ExpressionTemplate expression when loops.TryGetValue(expression.Code.Trim(), out var items) => items switch
        {
            LiteralTemplate { Value.ValueKind: JsonValueKind.String } item => item.Value.GetString(),
            ExpressionTemplate list => $"each of {list.Code.Trim()}",
            _ => null,
        },
        ExpressionTemplate expression => expression.Code.Trim(),
        _ => null,
    };
}
