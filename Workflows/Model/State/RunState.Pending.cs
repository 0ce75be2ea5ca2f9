using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

public sealed partial class RunState
{
    /// <summary>
    /// Commands that were issued and not answered: what an engine that has only the journal must issue again. One that only
    /// tells (<see cref="AbandonTask"/>, <see cref="ReleaseLocks"/>) has no answer and is not among them; <see cref="TellParent"/> is, once the run has ended.
    /// </summary>
    public IEnumerable<Command> PendingCommands()
    {
        if (Started is null)
        {
            yield break;
        }

        foreach (var (path, held) in locks)
        {
            if (held.Status == LockStatus.Requested)
            {
                yield return new RequestLocks(path, held.Resources);
            }
        }

        foreach (var step in steps.Values)
        {
            if (step.Task is { } task)
            {
                yield return new ExecuteTask(step.Path, task.Attempt, task.Undo, task.Activity, task.Arguments, IdempotencyKey(step.Path, task.Undo), Started.Lane) { Tags = step.Tags };
            }

            switch (step.ChildAsked)
            {
                case ChildAsk.Start:
                    yield return new StartChild(step.Path, step.ChildRuns[^1], step.ChildRequest!.Runbook, step.ChildRequest.Inputs);
                    break;
                case ChildAsk.Cancel:
                    yield return new CancelChild(step.Path, step.ChildRuns[^1], step.ChildReason!);
                    break;
                case ChildAsk.Undo:
                    yield return new UndoChild(step.Path, step.ChildToUndo!.Value, step.ChildReason!);
                    break;
            }
        }

        if (Outcome is { } outcome && Started.Parent is { } parent)
        {
            yield return new TellParent(parent, outcome, Error);
        }
    }

    /// <summary>Timers that are set and have not fired, whether due or not.</summary>
    public IEnumerable<SetTimer> PendingTimers()
    {
        foreach (var step in steps.Values)
        {
            foreach (var timer in Timers(step))
            {
                yield return timer;
            }
        }
    }

    internal static IEnumerable<SetTimer> Timers(StepState step)
    {
        if (step.Task?.TimeoutAt is { } attemptEnds)
        {
            yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Timeout), attemptEnds);
        }

        if (step.RetryAt is { } retryAt)
        {
            yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Retry), retryAt);
        }

        if (!step.IsOpen || step.Status == StepStatus.Incident)
        {
            yield break;
        }

        if (step.TimeoutAt is { } timeoutAt)
        {
            yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Timeout), timeoutAt);
        }

        if (step.Wait?.Until is { } until)
        {
            yield return new SetTimer(new TimerId(step.Path, step.Kind == StepKind.Block ? TimerPurpose.Delay : TimerPurpose.Wait), until);
        }

        if ((step.Wait?.Deadline ?? (step.Status == StepStatus.WaitingForApproval ? step.Approval?.Deadline : null)) is { } deadline)
        {
            yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Deadline), deadline);
        }
    }

    /// <summary>The key under which all attempts of a step (or of its undo) act on the outside world.</summary>
    public string IdempotencyKey(StepPath path, bool undo) => undo ? $"{Id}/{path}/undo" : $"{Id}/{path}";
}
