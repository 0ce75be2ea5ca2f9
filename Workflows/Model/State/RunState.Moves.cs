using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

// How steps begin, end, begin again and count, whatever event says so.
public sealed partial class RunState
{
    /// <summary>The failure goes to the block around it. Among branches and iterations the first in the runbook's order counts, whichever came first in time.</summary>
    private static void Raise(StepState step, StepFailed failed)
    {
        var parent = step.Parent!;
        if (step.Kind == StepKind.Body && parent.Failure is { } earlier && earlier.Index <= step.Index)
        {
            return;
        }

        parent.Failure = new Failure(failed.Error, failed.Cause ?? step.Path, step.Index);
    }

    private void Begin(StepState step, StepKind kind, StepStatus status, DateTimeOffset at)
    {
        if (step.Kind != kind)
        {
            Uncount(step);
            step.Kind = kind;
            Recount(step);
        }

        step.Begun = true;
        SetStatus(step, status, at);
    }

    private void End(StepState step, StepStatus status, DateTimeOffset at)
    {
        step.Own = step.Own?.Ended();
        step.TimeoutAt = null;
        SetStatus(step, status, at);
        step.EndedAt = at;
    }

    /// <summary>Back to where its next attempt begins; what is done within a block stays done.</summary>
    private void Restart(StepState step, DateTimeOffset at)
    {
        if (step.Status == StepStatus.Undoing)
        {
            (step.Own as TaskState)?.RestartUndo();
            return;
        }

        if (step.Status == StepStatus.UndoFailed)
        {
            leftInPlace.Remove(step.Path);
            (step.Own as TaskState)?.RestartUndo();
            step.Status = StepStatus.Undoing;
            SetStatus(step, step.Own is TaskState { HalfWay: true } ? StepStatus.Failed : StepStatus.Done, step.EndedAt ?? at);
            AddUndoable(step);
            return;
        }

        ForgetPart(step);
        if (step.Tolerated)
        {
            step.Tolerated = false;
            tolerated.Remove(step.Path);
        }

        step.AttemptBase = step.Attempt;
        step.Stopping = Stop.No;
        step.StopError = null;
        step.Failure = null;
        step.EndedAt = null;
        step.Own = step.Own?.Restarted();
        step.Begun = step.Kind is StepKind.Block or StepKind.Loop or StepKind.Body;
        SetStatus(step, StepStatus.Running, at);
        if (!step.Begun)
        {
            return;
        }

        var again = step.Children.Where(child => child.Status == StepStatus.Cancelled || child is { Status: StepStatus.Failed, Tolerated: false }).ToList();
        // A repeat counts its rounds from here; one that begins again has not been counted.
        step.AttemptBase = step.Children.Count - again.Count;
        again.ForEach(child => Restart(child, at));
    }

    /// <summary>A step of a run that had ended begins again, and with it the blocks around it.</summary>
    private void ReopenBlocks(StepState step, DateTimeOffset at)
    {
        for (var block = step.Parent; block?.Parent is not null && step.Status != StepStatus.UndoFailed; block = block.Parent)
        {
            if (block.IsEnded)
            {
                block.EndedAt = null;
                SetStatus(block, StepStatus.Running, at);
            }
        }
    }

    private void Reopen()
    {
        Outcome = null;
        Error = null;
        EndedAt = Root.EndedAt = null;
        Root.Status = StepStatus.Running;
    }

    private void SetLock(StepState step, HeldLock held)
    {
        step.Lock = held;
        locks[step.Path] = held;
    }

    private void SetStatus(StepState step, StepStatus status, DateTimeOffset at)
    {
        if (step is { Status: StepStatus.WaitingForSignal, Own: WaitState { For.Signal: { } old } })
        {
            signalWaits[old].Remove(step.Path);
        }

        var wasOpen = step.IsOpen;
        Uncount(step);
        step.Status = status;
        Recount(step);
        if (step.IsOpen != wasOpen && step.Parent is { } parent)
        {
            parent.Open += wasOpen ? -1 : 1;
            OpenSteps += wasOpen ? -1 : 1;
        }

        if (step.IsOpen)
        {
            step.StartedAt ??= at;
        }

        if (status == StepStatus.WaitingForSignal && step.Own is WaitState { For.Signal: { } name })
        {
            (signalWaits.TryGetValue(name, out var waits) ? waits : signalWaits[name] = []).Add(step.Path);
        }
    }

    private void Uncount(StepState step)
    {
        if (step.IsLeaf)
        {
            counts[(int)step.Status]--;
        }
    }

    private void Recount(StepState step)
    {
        if (step.IsLeaf)
        {
            counts[(int)step.Status]++;
        }
    }

    private StepState At(StepPath path)
    {
        if (steps.TryGetValue(path, out var known))
        {
            return known;
        }

        var parent = At(path.Parent);
        var step = new StepState(path);
        Add(step, parent);
        Recount(step);
        return step;
    }

    private void Add(StepState step, StepState parent)
    {
        step.Parent = parent;
        step.Index = parent.Children.Count;
        parent.Children.Add(step);
        steps[step.Path] = step;
    }
}
