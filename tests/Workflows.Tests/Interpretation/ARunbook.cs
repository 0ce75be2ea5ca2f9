using System.Text.Json;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Tests.Interpretation;

/// <summary>Builds runbooks with valid defaults; steps come from <see cref="Steps"/>.</summary>
internal sealed record ARunbook(params Step[] Body)
{
    public FailurePolicy OnFailure { get; init; } = FailurePolicy.Pause;

    public string[] Locks { get; init; } = [];

    public static implicit operator Runbook(ARunbook built) => new()
    {
        Name = "night",
        Digest = "digest",
        Source = "",
        OnFailure = built.OnFailure,
        Locks = [.. built.Locks.Select(Steps.Text)],
        Steps = [.. built.Body],
    };
}

/// <summary>Short ways to write steps.</summary>
internal static class Steps
{
    public static Template Text(string value) => new LiteralTemplate(JsonSerializer.SerializeToElement(value), default);

    public static Template Value(object? value) => new LiteralTemplate(JsonSerializer.SerializeToElement(value), default);

    public static Template Code(string code) => new ExpressionTemplate(code, default);

    public static Template With(params (string Name, Template Value)[] entries) =>
        new MapTemplate([.. entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))], default);

    public static RunStep Run(string id, int attempts = 1, bool undo = false) => new()
    {
        Id = id,
        Position = default,
        Activity = "work." + id,
        With = With(),
        Retry = new RetryPolicy(attempts, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), 0.2),
        Undo = undo ? new Undo("undo." + id, With(("of", Code("result"))), RetryPolicy.None, null, default) : null,
    };

    public static SequenceStep Sequence(string id, params Step[] steps) => new() { Id = id, Position = default, Steps = [.. steps] };

    public static ParallelStep Parallel(string id, params Step[][] branches) =>
        new() { Id = id, Position = default, Branches = [.. branches.Select((steps, index) => new Branch($"{index + 1}", [.. steps], default))] };

    public static ForEachStep ForEach(string id, Template items, int? atMost, params Step[] steps) =>
        new() { Id = id, Position = default, Items = items, AtMost = atMost, Steps = [.. steps] };

    public static IfStep If(string id, Template condition, Step[] then, params Step[] otherwise) =>
        new() { Id = id, Position = default, Condition = condition, Then = [.. then], Else = [.. otherwise] };

    public static RepeatStep Repeat(string id, int atMost, Template? until, TimeSpan delay, params Step[] steps) =>
        new() { Id = id, Position = default, AtMost = atMost, Until = until, Delay = delay, Steps = [.. steps] };

    public static TryStep Try(string id, Step[] steps, Step[]? handle = null, Step[]? atLast = null) =>
        new() { Id = id, Position = default, Steps = [.. steps], Catch = [.. handle ?? []], Finally = [.. atLast ?? []] };

    public static ApprovalStep Approval(string id, int quorum = 1, TimeSpan? timeout = null, params string[] escalateTo) =>
        new() { Id = id, Position = default, Question = Text("Go?"), Roles = ["lead"], Quorum = quorum, Timeout = timeout, EscalateTo = [.. escalateTo] };

    public static WaitStep WaitFor(string id, string duration) => new() { Id = id, Position = default, For = Text(duration) };

    public static WaitStep WaitUntil(string id, Template until) => new() { Id = id, Position = default, Until = until };

    public static WaitStep Signal(string id, string name, TimeSpan? timeout = null) => new() { Id = id, Position = default, Signal = Text(name), Timeout = timeout };

    public static RunbookStep Child(string id, string runbook = "child") => new() { Id = id, Position = default, Runbook = runbook, With = With() };
}
