using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>One step of a run, or one block of it (an iteration, a round, a branch), as people look at it.</summary>
internal sealed class StepView(StepPath path)
{
    public StepPath Path { get; } = path;

    /// <summary>Steps have a status of their own; the blocks between them show what is within.</summary>
    public bool IsBlock { get; set; }

    public StepStatus Status { get; set; } = StepStatus.Pending;

    /// <summary>On the environment clock.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The activity of a task; null for any other step.</summary>
    public string? Activity { get; set; }

    /// <summary>Attempts handed out so far.</summary>
    public int Attempts { get; set; }

    public JsonElement? Arguments { get; set; }

    public JsonElement? Result { get; set; }

    public StepError? Error { get; set; }

    /// <summary>When the next attempt begins, a wait ends, or an approval or a signal is no longer waited for.</summary>
    public DateTimeOffset? Due { get; set; }

    /// <summary>On whom or what it waits; null when it does not.</summary>
    public WaitReason? WaitsFor { get; set; }

    /// <summary>The name of the signal that it waits for; null when it does not.</summary>
    public string? Signal { get; set; }

    /// <summary>The last thing its task said of itself.</summary>
    public string? Progress { get; set; }

    public ApprovalView? Approval { get; set; }

    /// <summary>The run that a step with a runbook of its own started.</summary>
    public RunId? Child { get; set; }

    /// <summary>Items of a loop, when it is one.</summary>
    public int? Items { get; set; }

    /// <summary>All that the journal has of it, in order: its log.</summary>
    public List<StepMark> History { get; } = new(2);

    /// <summary>In the order in which they began.</summary>
    public List<StepView> Children { get; } = [];

    public bool Ended => Status is StepStatus.Done or StepStatus.Failed or StepStatus.Skipped or StepStatus.Cancelled or StepStatus.Undone or StepStatus.UndoFailed;
}

/// <summary>An event of a step, where and when it stands in the run's journal.</summary>
internal readonly record struct StepMark(long Version, DateTimeOffset At, StepEvent Event);

/// <summary>A question to people, with what they have decided so far.</summary>
internal sealed record ApprovalView(string Question, JsonElement? Evidence, IReadOnlyList<string> Roles, int Quorum, DateTimeOffset RequestedAt, DateTimeOffset? Deadline)
{
    public List<ApprovalDecided> Decisions { get; } = [];

    public IReadOnlyList<string> Roles { get; set; } = Roles;

    public DateTimeOffset? Deadline { get; set; } = Deadline;

    /// <summary>One that later decisions do not change.</summary>
    public ApprovalView Copy()
    {
        var copy = new ApprovalView(Question, Evidence, Roles, Quorum, RequestedAt, Deadline);
        copy.Decisions.AddRange(Decisions);
        return copy;
    }
}
