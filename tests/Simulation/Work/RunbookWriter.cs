using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Simulation.Work;

/// <summary>
/// Writes runbooks by chance, with every kind of step. Locks are asked for in one order (the run's, then a step's), so that
/// runs wait for each other in a circle only after an emergency has taken something away.
/// </summary>
internal sealed class RunbookWriter(Random chance)
{
    private readonly Dictionary<string, Runbook> runbooks = new(StringComparer.Ordinal);

    /// <summary>All that were written, by name.</summary>
    public IReadOnlyDictionary<string, Runbook> Runbooks => runbooks;

    public Runbook Write(Lane lane) => Write($"night-{runbooks.Count}", lane, depth: 2, children: 1, ["a1", "a2", "b1"]);

    private Runbook Write(string name, Lane lane, int depth, int children, string[] clusters)
    {
        runbooks[name] = null!;
        var runbook = new Runbook
        {
            Name = name,
            Digest = $"digest-{name}",
            Source = name,
            Lane = lane,
            OnFailure = Pick(FailurePolicy.Pause, FailurePolicy.Pause, FailurePolicy.Undo, FailurePolicy.Continue),
            Locks = chance.Next(4) == 0 ? [Text($"site/{Pick("hz", "sh", "*")}")] : [],
            Steps = Block("s", depth, children, clusters, most: 3),
        };
        return runbooks[name] = runbook;
    }

    private ImmutableArray<Step> Block(string prefix, int depth, int children, string[] clusters, int most) =>
        [.. Enumerable.Range(0, 1 + chance.Next(most)).Select(index => Step($"{prefix}{index}", depth, children, clusters))];

    private Step Step(string id, int depth, int children, string[] clusters)
    {
        var step = depth > 0 && chance.Next(5) < 2 ? Nested(id, depth - 1, children, clusters) : Leaf(id, children, clusters);
        return step with
        {
            When = chance.Next(15) == 0 ? Code("inputs.nothing") : null,
            OnFailure = chance.Next(8) switch { 0 => FailurePolicy.Continue, 1 => FailurePolicy.Undo, 2 => FailurePolicy.Pause, _ => null },
            Timeout = step.Timeout ?? (chance.Next(8) == 0 ? TimeSpan.FromSeconds(5 + chance.Next(30)) : null),
        };
    }

    private Step Leaf(string id, int children, string[] clusters) => chance.Next(14) switch
    {
        0 => new ApprovalStep
        {
            Id = id, Position = default, Question = Text("Go?"), Roles = ["lead"], Quorum = 1 + chance.Next(2),
            Timeout = chance.Next(2) == 0 ? TimeSpan.FromSeconds(40) : null, EscalateTo = chance.Next(2) == 0 ? ["chief"] : [],
        },
        1 => new WaitStep { Id = id, Position = default, For = Text($"{1 + chance.Next(20)}s") },
        2 => new WaitStep { Id = id, Position = default, Signal = Text(Pick("go", "now")), Timeout = chance.Next(3) == 0 ? TimeSpan.FromSeconds(30) : null },
        3 or 4 when children > 0 => Child(id, children, clusters),
        5 or 6 or 7 or 8 when clusters.Length > 0 => Shift(id, Pick(clusters)),
        _ => Apply(id),
    };

    private RunStep Apply(string id) => new()
    {
        Id = id,
        Position = default,
        Activity = "world.apply",
        With = With(("seconds", Value(Pick(0.2, 1, 1, 4))), ("fact", Value(chance.Next(3) == 0))),
        Retry = Retry(),
        Undo = chance.Next(4) > 0 ? new Undo("world.revert", With(("of", Code(chance.Next(3) == 0 ? "result.key" : "result?.key ?? null"))), Retry(), null, default) : null,
        Locks = chance.Next(6) == 0 ? [Text("catalog/1")] : [],
    };

    private RunStep Shift(string id, string cluster) => new()
    {
        Id = id,
        Position = default,
        Activity = "world.shift",
        With = With(("cluster", Value(cluster)), ("guaranteed", Value(10 * chance.Next(11))), ("seconds", Value(Pick(0.5, 2)))),
        Retry = Retry(),
        Undo = new Undo("world.shift", With(("cluster", Code("result.cluster")), ("guaranteed", Code("result.guaranteed")), ("seconds", Value(0.5))), Retry(), null, default),
        Locks = [Text($"cluster/{(chance.Next(4) == 0 ? cluster[..1] + "*" : cluster)}")],
    };

    private RunbookStep Child(string id, int children, string[] clusters)
    {
        var child = Write($"child-{runbooks.Count}", Lane.Normal, depth: 1, children - 1, clusters);
        return new RunbookStep { Id = id, Position = default, Runbook = child.Name, With = With() };
    }

    private Step Nested(string id, int depth, int children, string[] clusters)
    {
        switch (chance.Next(6))
        {
            case 0:
                return new SequenceStep { Id = id, Position = default, Steps = Block("s", depth, children, clusters, 3) };
            case 1:
                // Side by side no two steps of a run touch one cluster: its own locks do not keep them apart.
                var half = clusters.Length / 2;
                return new ParallelStep
                {
                    Id = id, Position = default,
                    Branches = [new Branch("1", Block("s", depth, children, clusters[..half], 2), default), new Branch("2", Block("s", depth, children, clusters[half..], 2), default)],
                };
            case 2:
                var atMost = chance.Next(3);
                return new ForEachStep
                {
                    Id = id, Position = default, Items = Value(Enumerable.Range(0, chance.Next(4)).Select(index => $"i{index}")),
                    AtMost = atMost == 0 ? null : atMost, Steps = Block("s", depth, 0, atMost == 1 ? clusters : [], 2),
                };
            case 3:
                return new IfStep
                {
                    Id = id, Position = default, Condition = Value(chance.Next(2) == 0),
                    Then = Block("t", depth, children, clusters, 2), Else = Block("e", depth, children, clusters, 2),
                };
            case 4:
                var times = 1 + chance.Next(3);
                return new RepeatStep
                {
                    Id = id, Position = default, AtMost = times, Until = Code($"round >= {Math.Max(1, times - 1)}"),
                    Delay = TimeSpan.FromSeconds(chance.Next(3)), Steps = Block("s", depth, 0, clusters, 2),
                };
            default:
                var blocks = 1 + chance.Next(3);
                return new TryStep
                {
                    Id = id, Position = default, Steps = Block("s", depth, children, clusters, 2),
                    Catch = (blocks & 1) != 0 ? Block("c", depth, children, clusters, 1) : [],
                    Finally = (blocks & 2) != 0 ? Block("f", depth, children, clusters, 1) : [],
                };
        }
    }

    private RetryPolicy Retry() => new(1 + chance.Next(3), TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(10), 0.2);

    private T Pick<T>(params T[] from) => from[chance.Next(from.Length)];

    private static LiteralTemplate Text(string value) => new(JsonSerializer.SerializeToElement(value), default);

    private static LiteralTemplate Value<T>(T value) => new(JsonSerializer.SerializeToElement(value), default);

    private static ExpressionTemplate Code(string code) => new(code, default);

    private static MapTemplate With(params (string Name, Template Value)[] entries) =>
        new([.. entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))], default);
}
