using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.State;

/// <summary>
/// What only steps of one kind have to remember, beside what every <see cref="StepState"/> does. Kept from the event with which the kind
/// is known. The family is closed.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "of")]
[JsonDerivedType(typeof(TaskState), "run")]
[JsonDerivedType(typeof(LoopState), "forEach")]
[JsonDerivedType(typeof(ChoiceState), "if")]
[JsonDerivedType(typeof(RepeatState), "repeat")]
[JsonDerivedType(typeof(TryState), "try")]
[JsonDerivedType(typeof(ApprovalState), "approval")]
[JsonDerivedType(typeof(WaitState), "wait")]
[JsonDerivedType(typeof(ChildState), "runbook")]
public abstract record KindState
{
    /// <summary>After the step, or its undo, has ended.</summary>
    internal virtual KindState Ended() => this;

    /// <summary>When an operator tries the step again; null: it begins as if it never had.</summary>
    internal virtual KindState? Restarted() => this;

    /// <summary>Somebody outside of the run has been asked for something, or will be by a timer.</summary>
    internal virtual bool IsUnderWay => false;

    /// <summary>The timer that is set while the step is open.</summary>
    internal virtual (TimerPurpose Purpose, DateTimeOffset Due)? Timer(StepStatus status) => null;
}

/// <summary>A <c>forEach</c>, and its items as they were evaluated.</summary>
internal sealed record LoopState(ImmutableArray<LoopItem> Items) : KindState;

/// <summary>An <c>if</c>, and whether its condition was truthy.</summary>
internal sealed record ChoiceState(bool Then) : KindState;

/// <summary>A <c>repeat</c> in the pause between two rounds.</summary>
internal sealed record RepeatState(WaitStarted Pause) : KindState
{
    internal override KindState? Restarted() => null;

    internal override (TimerPurpose Purpose, DateTimeOffset Due)? Timer(StepStatus status) => Pause.Until is { } until ? (TimerPurpose.Delay, until) : null;
}

/// <summary>The block of a try that is under way.</summary>
internal enum TryPhase { Body, Catch, Finally }

/// <summary>A <c>try</c> that has left its body.</summary>
/// <param name="Caught">What its catch block handles.</param>
/// <param name="Pending">What it fails with once its finally block has run.</param>
internal sealed record TryState(TryPhase Phase, Failure? Caught, Failure? Pending) : KindState
{
    internal override KindState? Restarted() => null;
}

/// <summary>An <c>approval</c>, under way or decided.</summary>
public sealed record ApprovalState(ApprovalRequested Request, ImmutableArray<string> Roles, DateTimeOffset? Deadline, bool Escalated) : KindState
{
    public ImmutableArray<ApprovalDecided> Decisions { get; init; } = [];

    /// <summary>Approvals still missing.</summary>
    [JsonIgnore]
    public int Missing => Math.Max(0, Request.Quorum - Decisions.Count(decision => decision.Approved));

    internal override KindState? Restarted() => null;

    internal override (TimerPurpose Purpose, DateTimeOffset Due)? Timer(StepStatus status) =>
        status == StepStatus.WaitingForApproval && Deadline is { } deadline ? (TimerPurpose.Deadline, deadline) : null;
}

/// <summary>A <c>wait</c>, and what it waits for.</summary>
internal sealed record WaitState(WaitStarted For) : KindState
{
    internal override KindState? Restarted() => null;

    internal override (TimerPurpose Purpose, DateTimeOffset Due)? Timer(StepStatus status) =>
        For.Until is { } until ? (TimerPurpose.Wait, until) : For.Deadline is { } deadline ? (TimerPurpose.Deadline, deadline) : null;
}
