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
            switch (step.Own)
            {
                case TaskState { Current: { } task } work:
                    yield return new ExecuteTask(step.Path, task.Attempt, task.Undo, task.Activity, task.Arguments, IdempotencyKey(step.Path, task.Undo), Started.Lane) { Tags = work.Tags };
                    break;
                case ChildState { Asked: ChildAsk.Start } child:
                    yield return new StartChild(step.Path, child.Latest, child.Request.Runbook, child.Request.Inputs);
                    break;
                case ChildState { Asked: ChildAsk.Cancel } child:
                    yield return new CancelChild(step.Path, child.Latest, child.Reason!);
                    break;
                case ChildState { Asked: ChildAsk.Undo } child:
                    yield return new UndoChild(step.Path, child.ToUndo!.Value, child.Reason!);
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
        // A task's are set while it is taken back too.
        if (step.Own is TaskState task)
        {
            if (task.Current?.TimeoutAt is { } attemptEnds)
            {
                yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Timeout), attemptEnds);
            }

            if (task.RetryAt is { } retryAt)
            {
                yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Retry), retryAt);
            }
        }

        if (!step.IsOpen || step.Status == StepStatus.Incident)
        {
            yield break;
        }

        if (step.TimeoutAt is { } timeoutAt)
        {
            yield return new SetTimer(new TimerId(step.Path, TimerPurpose.Timeout), timeoutAt);
        }

        if (step.Own?.Timer(step.Status) is var (purpose, due))
        {
            yield return new SetTimer(new TimerId(step.Path, purpose), due);
        }
    }

    /// <summary>The key under which all attempts of a step (or of its undo) act on the outside world.</summary>
    public string IdempotencyKey(StepPath path, bool undo) => undo ? $"{Id}/{path}/undo" : $"{Id}/{path}";
}
