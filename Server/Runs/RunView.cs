using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>
/// A run as people look at it: its steps as a tree with states, times and what each waits for. A fold over the journal,
/// apart from the interpreter's state because it keeps times and order, and never decides anything.
/// </summary>
internal sealed class RunView(RunId run)
{
    private readonly Dictionary<StepPath, StepView> _steps = [];

    public RunId Run { get; } = run;

    public RunStarted? Started { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public RunEnded? Ended { get; private set; }

    public bool Paused { get; private set; }

    public bool Undoing { get; private set; }

    public bool Cancelling { get; private set; }

    /// <summary>Version of the last entry that was applied; 0 before the first.</summary>
    public long Version { get; private set; }

    public long Position { get; private set; }

    /// <summary>The outermost steps.</summary>
    public List<StepView> Roots { get; } = [];

    /// <summary>All steps and blocks in the order in which they began.</summary>
    public List<StepView> InOrder { get; } = [];

    /// <summary>What waits for an operator, by the step it concerns.</summary>
    public Dictionary<StepPath, IncidentOpened> Incidents { get; } = [];

    /// <summary>What was done to the run from outside, oldest first.</summary>
    public List<Intervention> Interventions { get; } = [];

    public StepView? Find(StepPath path) => _steps.GetValueOrDefault(path);

    /// <summary>Applies the next entry; one that was applied before changes nothing.</summary>
    public void Apply(JournalEntry entry)
    {
        if (entry.Version <= Version)
        {
            return;
        }

        foreach (var happened in entry.Events)
        {
            Apply(happened, entry.At, entry.Version);
        }

        (Version, Position) = (entry.Version, entry.Position);
    }

    private void Apply(RunEvent happened, DateTimeOffset at, long version)
    {
        Intervention.Note(Interventions, happened, at);
        switch (happened)
        {
            case RunStarted started: (Started, StartedAt) = (started, at); break;
            case RunPaused: Paused = true; break;
            case RunResumed: Paused = false; break;
            case CancelRequested: Cancelling = true; break;
            case RunEnded ended:
                (Ended, EndedAt, Paused) = (ended, at, false);
                Incidents.Clear();
                break;
            case SignalReceived: break;
            case StepEvent step:
                Apply(step, at);
                Find(step.Path)?.History.Add(new StepMark(version, at, step));
                break;
            default:
                // A kind that this version does not know must not hide the run: the journal's pages show it as it is.
                break;
        }
    }

    private void Apply(StepEvent happened, DateTimeOffset at)
    {
        switch (happened)
        {
            case IncidentOpened incident:
                Incidents[incident.Path] = incident;
                Mark(incident.Path, StepStatus.Incident, at, error: incident.Error);
                return;
            case IncidentClosed closed:
                Incidents.Remove(closed.Path);
                if (closed.Resolution == IncidentResolution.Retry && Find(closed.Path) is { Status: StepStatus.Incident } again)
                {
                    Running(again);
                }

                return;
            case UndoStarted:
                Undoing = true;
                Reopen();
                return;
            case RunReopened reopened:
                Reopen();
                Reopen(Find(reopened.Path), at);
                return;
            case { Path.IsRoot: true }:
                return;
        }

        var step = Touch(happened.Path, at);
        switch (happened)
        {
            case LocksRequested locks: Waiting(step, StepStatus.WaitingForLock, new WaitReason.LocksWait(locks.Resources), null); break;
            case LocksGranted: Running(step); break;
            case LocksReleased: break;
            case LocksLost lost: step.WaitsFor = new WaitReason.LocksTakenWait(lost.By); break;
            case StepStarted: Running(step); break;
            case TaskScheduled task:
                (step.Activity, step.Attempts, step.Progress) = (task.Activity, task.Attempt, null);
                step.Arguments = task.Undo ? step.Arguments : task.Arguments;
                Running(step, task.Undo ? StepStatus.Undoing : StepStatus.Running);
                step.EndedAt = null;
                break;
            case AttemptFailed failed:
                step.Error = failed.Error;
                if (failed.RetryAt is { } retry)
                {
                    Waiting(step, StepStatus.Retrying, new WaitReason.RetryWait(failed.Error.Code), retry);
                }

                break;
            case FactReported: break;
            case LoopStarted loop: step.Items = loop.Items.Length; Running(step); break;
            case BlockStarted: step.IsBlock = true; Running(step); break;
            case BranchChosen: break;
            case ApprovalRequested asked:
                step.Approval = new ApprovalView(asked.Question, asked.Evidence, asked.Roles, asked.Quorum, at, asked.Deadline);
                Waiting(step, StepStatus.WaitingForApproval, new WaitReason.ApprovalWait(asked.Quorum, asked.Roles), asked.Deadline);
                break;
            case ApprovalDecided decided: step.Approval?.Decisions.Add(decided); break;
            case ApprovalEscalated escalated when step.Approval is { } approval:
                (approval.Roles, approval.Deadline, step.Due) = (escalated.Roles, escalated.Deadline, escalated.Deadline);
                step.WaitsFor = new WaitReason.ApprovalWait(approval.Quorum, escalated.Roles);
                break;
            case ApprovalEscalated: break;
            case WaitStarted { Signal: { } signal } wait: Waiting(step, StepStatus.WaitingForSignal, new WaitReason.SignalWait(signal), wait.Deadline); step.Signal = signal; break;
            case WaitStarted wait: Waiting(step, StepStatus.Waiting, new WaitReason.TimeWait(), wait.Until); break;
            case ChildRequested child: step.Child = child.Child; Running(step); break;
            case ChildCancelRequested: step.WaitsFor = new WaitReason.ChildWait(WaitReason.ChildWait.Cancel); break;
            case ChildUndoRequested: Waiting(step, step.Ended ? StepStatus.Undoing : step.Status, new WaitReason.ChildWait(WaitReason.ChildWait.Undo), null); step.EndedAt = null; break;
            case StopStarted stop: (step.Error, step.Due) = (stop.Error, null); break;
            case TimeoutSet: break;
            case StepCompleted completed: step.Result = completed.Result; Mark(step, StepStatus.Done, at); step.Error = null; break;
            case StepFailed failed: Mark(step, StepStatus.Failed, at, failed.Error); break;
            case StepSkipped skipped: Mark(step, StepStatus.Skipped, at); step.Progress = skipped.Reason; break;
            case StepCancelled: Mark(step, StepStatus.Cancelled, at); break;
            case StepUndone: Mark(step, StepStatus.Undone, at); break;
            case UndoFailed failed: Mark(step, StepStatus.UndoFailed, at, failed.Error); break;
            default:
                // Its log shows it all the same.
                break;
        }
    }

    private void Reopen() => (Ended, EndedAt, Cancelling) = (null, null, false);

    /// <summary>A step of a run that had ended begins again, and the blocks around it with it; an undo that failed leaves them done.</summary>
    private void Reopen(StepView? step, DateTimeOffset at)
    {
        if (step is null)
        {
            return;
        }

        var undo = step.Status == StepStatus.UndoFailed;
        Running(step, undo ? StepStatus.Undoing : StepStatus.Running);
        step.EndedAt = null;
        for (var path = step.Path.Parent; !undo && !path.IsRoot; path = path.Parent)
        {
            var block = Touch(path, at);
            Running(block);
            block.EndedAt = null;
        }
    }

    private void Mark(StepPath path, StepStatus status, DateTimeOffset at, StepError? error = null)
    {
        if (!path.IsRoot)
        {
            Mark(Touch(path, at), status, at, error);
        }
    }

    private static void Mark(StepView step, StepStatus status, DateTimeOffset at, StepError? error = null)
    {
        (step.Status, step.Error, step.WaitsFor, step.Due, step.Signal) = (status, error ?? step.Error, null, null, null);
        step.EndedAt = step.Ended ? at : null;
    }

    private static void Running(StepView step, StepStatus status = StepStatus.Running) =>
        (step.Status, step.WaitsFor, step.Due, step.Signal) = (status, null, null, null);

    private static void Waiting(StepView step, StepStatus status, WaitReason waitsFor, DateTimeOffset? due) =>
        (step.Status, step.WaitsFor, step.Due, step.Signal) = (status, waitsFor, due, null);

    private StepView Touch(StepPath path, DateTimeOffset at)
    {
        if (_steps.TryGetValue(path, out var step))
        {
            step.StartedAt ??= at;
            return step;
        }

        step = new StepView(path) { StartedAt = at, Status = StepStatus.Running };
        _steps.Add(path, step);
        // A block that the journal does not name on its own still holds its steps.
        (path.Parent.IsRoot ? Roots : Parent(path, at).Children).Add(step);
        InOrder.Add(step);
        return step;
    }

    private StepView Parent(StepPath path, DateTimeOffset at)
    {
        var known = _steps.ContainsKey(path.Parent);
        var parent = Touch(path.Parent, at);
        parent.IsBlock |= !known;
        return parent;
    }
}
