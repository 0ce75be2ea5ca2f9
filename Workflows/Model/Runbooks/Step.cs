using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Text;

namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>One step of a runbook. The family is closed: a step is exactly one of the records below.</summary>
public abstract record Step
{
    /// <summary>Unique among its siblings (for if, and for try, catch and finally together: across all their blocks). Letters, digits, <c>-</c> and <c>_</c>.</summary>
    public required string Id { get; init; }

    public string? Title { get; init; }

    /// <summary>Evaluated once when the step's turn comes; a falsy value skips the step. Null: always run.</summary>
    public Template? When { get; init; }

    /// <summary>Resources held while this step runs, like <see cref="Runbook.Locks"/>.</summary>
    public ImmutableArray<Template> Locks { get; init; } = [];

    /// <summary>For a <see cref="RunStep"/> the limit of one attempt; for a block, a child run or a wait for a signal, of the whole step. Null: none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Overrides the runbook's policy for this step; null: the enclosing step's, at last the runbook's.</summary>
    public FailurePolicy? OnFailure { get; init; }

    public required Position Position { get; init; }

    /// <summary>The blocks directly within, in the order of the file: branches; then and else; body, catch and finally.</summary>
    internal virtual ImmutableArray<StepBlock> Blocks => [];
}

/// <summary>Runs one activity.</summary>
public sealed record RunStep : Step
{
    /// <summary>The activity's dotted name, as in <c>cluster.shift</c>.</summary>
    public required string Activity { get; init; }

    /// <summary>Arguments; always a <see cref="MapTemplate"/>.</summary>
    public required Template With { get; init; }

    /// <summary>What the worker must offer, by name: a worker started with the tag <c>region=cn-hangzhou</c> serves <c>region: cn-hangzhou</c>. Always a <see cref="MapTemplate"/>, or null: any worker.</summary>
    public Template? Workers { get; init; }

    public RetryPolicy Retry { get; init; } = RetryPolicy.None;

    public Undo? Undo { get; init; }

    /// <summary>Says that this step has an effect that nothing takes back, and that its author knows it.</summary>
    public bool Irreversible { get; init; }
}

/// <summary>How to take a completed step back. Arguments may use what the step gave: <c>result</c> in scope.</summary>
public sealed record Undo(string Activity, Template With, RetryPolicy Retry, TimeSpan? Timeout, Position Position);

/// <summary>A block of steps in order.</summary>
public sealed record SequenceStep : Step
{
    public required ImmutableArray<Step> Steps { get; init; }

    internal override ImmutableArray<StepBlock> Blocks => [new(BlockRole.Body, Steps)];
}

/// <summary>Branches side by side; done when all are.</summary>
public sealed record ParallelStep : Step
{
    public required ImmutableArray<Branch> Branches { get; init; }

    internal override ImmutableArray<StepBlock> Blocks => [.. Branches.Select(branch => new StepBlock(BlockRole.Body, branch.Steps))];
}

/// <summary>One branch of a parallel step. <paramref name="Id"/> is its segment in the path; without one in the file, its number from 1.</summary>
public sealed record Branch(string Id, ImmutableArray<Step> Steps, Position Position);

/// <summary>The same block once for each item. An iteration's segment in the path is the item when that is a text fit for one, else its index from 0; a repeated one gets <c>~index</c> appended.</summary>
public sealed record ForEachStep : Step
{
    /// <summary>Must give an array.</summary>
    public required Template Items { get; init; }

    /// <summary>Name of the item in expressions. Default: <c>item</c>; <c>index</c> is in scope too.</summary>
    public string As { get; init; } = "item";

    /// <summary>Iterations in parallel, at least 1. Null: all at once.</summary>
    public int? AtMost { get; init; }

    public required ImmutableArray<Step> Steps { get; init; }

    internal override ImmutableArray<StepBlock> Blocks => [new(BlockRole.Body, Steps)];
}

/// <summary>One of two blocks. The children's paths lie directly under the step's.</summary>
public sealed record IfStep : Step
{
    public required Template Condition { get; init; }

    public required ImmutableArray<Step> Then { get; init; }

    public ImmutableArray<Step> Else { get; init; } = [];

    internal override ImmutableArray<StepBlock> Blocks => [new(BlockRole.Then, Then), new(BlockRole.Else, Else)];
}

/// <summary>
/// The same block again until <see cref="Until"/> is truthy (evaluated after each round), at most <see cref="AtMost"/> times;
/// then it fails with code <c>repeat-exhausted</c>, or without an <c>until</c> is done. A round's segment in the path is its number from 1.
/// </summary>
public sealed record RepeatStep : Step
{
    public Template? Until { get; init; }

    public required int AtMost { get; init; }

    /// <summary>Pause between rounds. Default: none.</summary>
    public TimeSpan Delay { get; init; }

    public required ImmutableArray<Step> Steps { get; init; }

    internal override ImmutableArray<StepBlock> Blocks => [new(BlockRole.Body, Steps)];
}

/// <summary>
/// Runs <see cref="Steps"/>; on failure <see cref="Catch"/> with <c>error</c> in scope (when there is one; then the failure is handled), and <see cref="Finally"/> in any case, cancel included.
/// Within a try a failed step with the pause policy does not open an incident when there is a catch: the failure goes to it.
/// </summary>
public sealed record TryStep : Step
{
    public required ImmutableArray<Step> Steps { get; init; }

    public ImmutableArray<Step> Catch { get; init; } = [];

    public ImmutableArray<Step> Finally { get; init; } = [];

    internal override ImmutableArray<StepBlock> Blocks => [new(BlockRole.Body, Steps), new(BlockRole.Catch, Catch), new(BlockRole.Finally, Finally)];
}

/// <summary>Waits for people. The person who started the run never counts.</summary>
public sealed record ApprovalStep : Step
{
    /// <summary>The question, as text.</summary>
    public required Template Question { get; init; }

    /// <summary>Anything that helps to decide, shown with the question; null for nothing.</summary>
    public Template? Evidence { get; init; }

    /// <summary>Any of these roles may decide.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>Approvals needed, each from another person. Default 1. One rejection rejects.</summary>
    public int Quorum { get; init; } = 1;

    /// <summary>Roles that may decide after the timeout; empty: the timeout rejects.</summary>
    public ImmutableArray<string> EscalateTo { get; init; } = [];
}

/// <summary>Waits for a time, a duration, or a signal: exactly one of the three is set.</summary>
public sealed record WaitStep : Step
{
    /// <summary>Gives a time (ISO 8601 with offset).</summary>
    public Template? Until { get; init; }

    /// <summary>Gives a duration (<c>10m</c>, <c>1h30m</c>, or seconds as a number).</summary>
    public Template? For { get; init; }

    /// <summary>Gives a signal's name. The step's result is the signal's payload; the step's timeout fails it with code <c>timeout</c>.</summary>
    public Template? Signal { get; init; }
}

/// <summary>Runs another runbook as a child and waits for it. The result is the child's outputs: <c>{ runId, outcome }</c>.</summary>
public sealed record RunbookStep : Step
{
    public required string Runbook { get; init; }

    /// <summary>The child's inputs; always a <see cref="MapTemplate"/>.</summary>
    public required Template With { get; init; }
}

/// <summary>How often and how fast a failed attempt is tried again.</summary>
/// <param name="Attempts">All attempts, the first included. Default 1: no retry.</param>
/// <param name="Delay">Before the second attempt. Default 1 s.</param>
/// <param name="Backoff">Factor from one delay to the next. Default 2.</param>
/// <param name="MaxDelay">Ceiling of a delay, before jitter. Default 1 min.</param>
/// <param name="Jitter">Share of the delay, 0 to 1, by which it is shortened or lengthened at most; decided from run, step and attempt, so a replay finds the same. Default 0.2.</param>
public sealed record RetryPolicy(int Attempts, TimeSpan Delay, double Backoff, TimeSpan MaxDelay, double Jitter)
{
    public static RetryPolicy None { get; } = new(1, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), 0.2);
}

/// <summary>A value that may hold <c>${ … }</c>. The family is closed.</summary>
public abstract record Template(Position Position)
{
    /// <summary>True when nothing in it needs evaluating.</summary>
    public abstract bool IsConstant { get; }
}

/// <summary>A constant of any JSON type (no expression within).</summary>
public sealed record LiteralTemplate(JsonElement Value, Position Position) : Template(Position)
{
    public override bool IsConstant => true;
}

/// <summary>A value that is one expression and keeps its type. <paramref name="Code"/> is the text between <c>${</c> and <c>}</c>.</summary>
public sealed record ExpressionTemplate(string Code, Position Position) : Template(Position)
{
    public override bool IsConstant => false;
}

/// <summary>A text with expressions in it; parts are <see cref="LiteralTemplate"/> texts and <see cref="ExpressionTemplate"/>s.</summary>
public sealed record TextTemplate(ImmutableArray<Template> Parts, Position Position) : Template(Position)
{
    public override bool IsConstant => false;
}

/// <summary>A list, in the order of the file.</summary>
public sealed record ListTemplate(ImmutableArray<Template> Items, Position Position) : Template(Position)
{
    public override bool IsConstant => Items.All(item => item.IsConstant);
}

/// <summary>A mapping, in the order of the file.</summary>
public sealed record MapTemplate(ImmutableArray<KeyValuePair<string, Template>> Entries, Position Position) : Template(Position)
{
    public override bool IsConstant => Entries.All(entry => entry.Value.IsConstant);
}
