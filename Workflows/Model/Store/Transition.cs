using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>
/// Everything that changes together when a run moves on. With no events it only tidies rows away, and neither takes a
/// version nor can conflict.
/// </summary>
/// <param name="Expected">The version the decision was made on; another one in the journal makes the append a conflict.</param>
internal sealed record Transition(RunId Run, RunId Root, long Expected, DateTimeOffset At, ImmutableArray<RunEvent> Events)
{
    /// <summary>Null: as before.</summary>
    public RunSummary? Summary { get; init; }

    public ImmutableArray<PendingTask> TasksAdded { get; init; } = [];

    public ImmutableArray<TaskId> TasksRemoved { get; init; } = [];

    public ImmutableArray<SetTimer> TimersSet { get; init; } = [];

    public ImmutableArray<TimerId> TimersCleared { get; init; } = [];

    public ImmutableArray<Message> MessagesAdded { get; init; } = [];

    /// <summary>Messages, of any run, that this transition answers.</summary>
    public ImmutableArray<MessageId> MessagesDone { get; init; } = [];

    public ImmutableArray<LockChange> Locks { get; init; } = [];

    /// <summary>Decides who goes first and who loses when locks overlap.</summary>
    public Lane Lane { get; init; }

    /// <summary>Who the loser of a lock is told of.</summary>
    public string StartedBy { get; init; } = "";

    /// <summary>True: the run ended, so its tasks, timers and locks go, whatever they are.</summary>
    public bool Ends { get; init; }
}

/// <summary>A task within its run.</summary>
internal readonly record struct TaskId(StepPath Path, bool Undo);

/// <summary>A command that waits for a worker's result, and who works on it.</summary>
/// <param name="Owner">The server instance whose worker has it; empty while it is on its way to whoever takes it.</param>
/// <param name="Token">Rises with each claim.</param>
internal sealed record PendingTask(RunId Run, ExecuteTask Task, string Owner, long Token, DateTimeOffset LeaseUntil)
{
    /// <summary>The token of an attempt before anybody has claimed it: above every token of the attempts before, so that it names the attempt too.</summary>
    public static long FirstToken(int attempt) => (long)attempt << 20;

    public TaskId Id => new(Task.Path, Task.Undo);
}

internal enum MessageKind { StartChild, CancelChild, UndoChild, TellParent }

/// <summary>A message from one run to another, kept until the other has answered it. A step has at most one of a kind: a newer one takes its place.</summary>
/// <param name="Number">
/// Tells it from the one whose place it took, so that a late answer to that one does not remove this. 0: written or sent by a version that did
/// not number them; such an answer is to whichever is there.
/// </param>
internal readonly record struct MessageId(RunId From, StepPath Path, MessageKind Kind, long Number = 0)
{
    /// <summary>What it shares with the one whose place it takes.</summary>
    [JsonIgnore]
    public (RunId From, StepPath Path, MessageKind Kind) Position => (From, Path, Kind);

    public bool IsAnsweredBy(MessageId answered) => Position == answered.Position && (answered.Number == 0 || answered.Number == Number);
}

internal sealed record Message(MessageId Id, Command Command);

/// <summary>The outcome of an append.</summary>
/// <param name="Conflict">True: another transition was there first and nothing was written.</param>
internal sealed record AppendResult(bool Conflict, long Position, ImmutableArray<LockUpdate> LockUpdates)
{
    public static AppendResult Conflicted { get; } = new(true, 0, []);
}

/// <summary>A run as it is loaded: the newest snapshot of its state, and the entries after it.</summary>
/// <param name="Snapshot">State as compact JSON, or null: the entries begin with the first.</param>
internal sealed record StoredRun(RunSummary Summary, byte[]? Snapshot, long SnapshotVersion, List<JournalEntry> Entries);

/// <summary>A timer of an unfinished run.</summary>
internal readonly record struct PendingTimer(RunId Run, TimerId Timer, DateTimeOffset Due);

/// <summary>A runbook's version as published.</summary>
internal sealed record StoredRunbook(string Name, string Digest, string Source);

/// <summary>A claim or a renewal of a task: taken only while its row still has the token <paramref name="Expected"/>.</summary>
internal readonly record struct LeaseChange(RunId Run, TaskId Task, long Expected, string Owner, long Token, DateTimeOffset Until);
