using System.Diagnostics;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.State;

public sealed partial class RunState
{
    /// <summary>Folds one event in. <paramref name="at"/> is the time of its journal entry, on the environment clock.</summary>
    public void Apply(RunEvent happened, DateTimeOffset at)
    {
        switch (happened)
        {
            case RunStarted started:
                Started = started;
                StartedAt = Root.StartedAt = at;
                Root.Status = StepStatus.Running;
                break;
            case RunPaused paused:
                Paused = paused;
                break;
            case RunResumed:
                Paused = null;
                break;
            case CancelRequested cancel:
                Cancel = cancel;
                Root.Stopping = Stop.Abandon;
                break;
            case SignalReceived signal:
                signals[signal.Name] = signal.Payload;
                break;
            case RunEnded ended:
                Outcome = ended.Outcome;
                Error = ended.Error;
                EndedAt = Root.EndedAt = at;
                Paused = null;
                Root.Status = ended.Outcome switch
                {
                    RunOutcome.Done => StepStatus.Done,
                    RunOutcome.Undone => StepStatus.Undone,
                    RunOutcome.Cancelled => StepStatus.Cancelled,
                    _ => StepStatus.Failed,
                };
                break;
            case StepEvent step:
                Apply(step, At(step.Path), at);
                break;
            default:
                throw new UnreachableException($"No fold for {happened.GetType().Name}.");
        }
    }

    private void Apply(StepEvent happened, StepState step, DateTimeOffset at)
    {
        switch (happened)
        {
            case LocksRequested requested:
                SetLock(step, new HeldLock(requested.Resources, LockStatus.Requested, step.Lock?.Token ?? 0));
                if (step.Status == StepStatus.Pending)
                {
                    SetStatus(step, StepStatus.WaitingForLock, at);
                }
                else if (!step.IsOpen && step.UndoLeft > 0 && UndoReason is not null)
                {
                    MarkUndoBegun(step);
                }

                break;
            case LocksGranted granted:
                SetLock(step, step.Lock! with { Status = LockStatus.Held, Token = granted.Token });
                if (step.Status == StepStatus.WaitingForLock)
                {
                    SetStatus(step, StepStatus.Running, at);
                }

                break;
            case LocksReleased:
                step.Lock = step.Lock! with { Status = LockStatus.Released };
                locks.Remove(step.Path);
                break;
            case LocksLost lost:
                SetLock(step, step.Lock! with { Status = LockStatus.Lost, LostTo = lost.By });
                Paused ??= new RunPaused(lost.By, "locks taken over");
                break;
            case IncidentOpened opened:
                incidents[step.Path] = new Incident(step.Path, opened.Error, at);
                step.Error = opened.Error;
                if (opened.Error.Code != ErrorCodes.LocksLost && !IsHold(opened.Error))
                {
                    step.Own = step.Own is ChildState asked ? asked.Ended() : step.Own;
                    step.TimeoutAt = null;
                    if (step.Status != StepStatus.Undoing)
                    {
                        SetStatus(step, StepStatus.Incident, at);
                    }
                }

                break;
            case IncidentClosed closed:
                incidents.Remove(step.Path);
                if (closed.Resolution == IncidentResolution.Retry && step.Parent is not null)
                {
                    Restart(step, at);
                }

                break;
            case UndoStarted undo:
                Reopen();
                UndoReason = undo.Reason;
                Cancel = null;
                step.Stopping = step.Stopping == Stop.Abandon ? Stop.Abandon : Stop.Drain;
                break;
            case StopStarted stop:
                step.Stopping = step.Parent is null ? Stop.Drain : Stop.Abandon;
                step.StopError = stop.Error;
                step.TimeoutAt = null;
                if (step.Parent is null)
                {
                    Error = stop.Error;
                }

                break;
            case RunReopened:
                Reopen();
                Cancel = null;
                if (UndoReason is null)
                {
                    Root.Stopping = Stop.No;
                }

                ReopenBlocks(step, at);
                Restart(step, at);
                break;
            case StepStarted:
                Begin(step, StepKind.Block, StepStatus.Running, at);
                break;
            case TimeoutSet timeout:
                step.TimeoutAt = timeout.TimeoutAt;
                break;
            case TaskScheduled task:
                Apply(task, step, at);
                break;
            case AttemptFailed failed:
                step.Error = failed.Error;
                TaskOf(step).Fail(failed);
                if (!failed.Undo && failed.RetryAt is not null)
                {
                    SetStatus(step, StepStatus.Retrying, at);
                }

                break;
            case FactReported fact:
                TaskOf(step).Keep(fact);
                break;
            case LoopStarted loop:
                Begin(step, StepKind.Loop, StepStatus.Running, at);
                step.Own = new LoopState(loop.Items);
                break;
            case BlockStarted { Block: "catch" }:
                step.Own = new TryState(TryPhase.Catch, Caught: step.Failure, Pending: null);
                step.Failure = null;
                break;
            case BlockStarted { Block: "finally" }:
                step.Own = new TryState(TryPhase.Finally, (step.Own as TryState)?.Caught, Pending: step.Failure);
                step.Failure = null;
                break;
            case BlockStarted:
                Begin(step, StepKind.Body, StepStatus.Running, at);
                step.Parent!.Own = step.Parent.Own is RepeatState ? null : step.Parent.Own;
                break;
            case BranchChosen chosen:
                Begin(step, StepKind.Block, StepStatus.Running, at);
                step.Own = new ChoiceState(chosen.Then);
                break;
            case ApprovalRequested requested:
                Begin(step, StepKind.Approval, StepStatus.WaitingForApproval, at);
                step.Own = new ApprovalState(requested, requested.Roles, requested.Deadline, Escalated: false);
                break;
            case ApprovalDecided decided:
                step.Own = step.Approval! with { Decisions = step.Approval.Decisions.Add(decided) };
                break;
            case ApprovalEscalated escalated:
                step.Own = step.Approval! with { Roles = escalated.Roles, Deadline = escalated.Deadline, Escalated = true };
                break;
            case WaitStarted pause when step.Kind == StepKind.Block:
                step.Own = new RepeatState(pause);
                break;
            case WaitStarted wait:
                step.Own = new WaitState(wait);
                Begin(step, StepKind.Wait, wait.Signal is null ? StepStatus.Waiting : StepStatus.WaitingForSignal, at);
                break;
            case ChildRequested child:
                Begin(step, StepKind.Child, StepStatus.Running, at);
                step.Attempt++;
                step.Own = step.Own is ChildState earlier ? earlier.StartedAgain(child) : ChildState.Started(child);
                break;
            case ChildCancelRequested cancel:
                step.Own = ChildOf(step) with { Asked = ChildAsk.Cancel, Reason = cancel.Reason };
                break;
            case ChildUndoRequested undo:
                step.Own = ChildOf(step) with { Asked = ChildAsk.Undo, Reason = undo.Reason, ToUndo = undo.Child };
                step.TimeoutAt = null;
                if (step.UndoLeft > 0)
                {
                    MarkUndoBegun(step);
                    SetStatus(step, StepStatus.Undoing, at);
                }

                break;
            default:
                ApplyEnd(happened, step, at);
                break;
        }
    }

    private void Apply(TaskScheduled task, StepState step, DateTimeOffset at)
    {
        if (step.Own is not TaskState work)
        {
            step.Own = work = new TaskState();
        }

        work.Schedule(task);
        if (task.Undo)
        {
            MarkUndoBegun(step);
            SetStatus(step, StepStatus.Undoing, at);
        }
        else
        {
            step.Attempt = task.Attempt;
            Begin(step, StepKind.Task, StepStatus.Running, at);
        }
    }

    private void ApplyEnd(StepEvent happened, StepState step, DateTimeOffset at)
    {
        switch (happened)
        {
            case StepCompleted completed:
                End(step, StepStatus.Done, at);
                step.Result = completed.Result;
                step.Error = null;
                if (completed.UndoArguments is not null)
                {
                    TaskOf(step).UndoArguments = completed.UndoArguments;
                }

                if (completed.UndoArguments is not null || step.Kind == StepKind.Child)
                {
                    AddUndoable(step);
                }

                break;
            case StepFailed failed:
                End(step, StepStatus.Failed, at);
                step.Error = failed.Error;
                step.Cause = failed.Cause;
                step.Tolerated = failed.Tolerated;
                if (failed.Tolerated)
                {
                    tolerated.Add(step.Path);
                }
                else
                {
                    Raise(step, failed);
                }

                KeepPart(step, failed.UndoArguments);
                break;
            case StepSkipped skipped:
                End(step, StepStatus.Skipped, at);
                step.Skipped = skipped.By is null ? null : skipped;
                KeepPart(step, skipped.UndoArguments);
                break;
            case StepCancelled cancelled:
                End(step, StepStatus.Cancelled, at);
                KeepPart(step, cancelled.UndoArguments);
                break;
            case StepUndone:
                EndUndo(step, StepStatus.Undone, at);
                break;
            case UndoFailed failed:
                step.Error = failed.Error;
                if (!failed.Left.IsDefaultOrEmpty)
                {
                    TaskOf(step).Left = failed.Left;
                }

                EndUndo(step, StepStatus.UndoFailed, at);
                leftInPlace.Add(step.Path);
                break;
            default:
                throw new UnreachableException($"No fold for {happened.GetType().Name}.");
        }
    }

    private static TaskState TaskOf(StepState step) => (TaskState)step.Own!;

    private static ChildState ChildOf(StepState step) => (ChildState)step.Own!;
}
