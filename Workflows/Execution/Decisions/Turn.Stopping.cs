using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private bool IsForced => run.Cancel is { Force: true };

    /// <summary>Whether a block, or one around it, is being stopped. A finally block under way is not, unless the cancel is forced.</summary>
    private bool IsStopping(StepState block)
    {
        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Phase == TryPhase.Finally && !IsForced)
            {
                return false;
            }

            if (at.Stopping != Stop.No)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsStoppingAbove(StepState block)
    {
        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Stopping != Stop.No)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends what can be ended at once within a block that is being stopped. The rest ends when its answer comes.</summary>
    private void StopWithin(StepState origin) => StopWithin(origin, origin.Stopping);

    private void StopWithin(StepState block, Stop how)
    {
        foreach (var child in block.Children.ToArray())
        {
            if (!child.IsOpen)
            {
                continue;
            }

            if (child.IsLeaf || !child.Begun || child.Status == StepStatus.Incident)
            {
                StopLeaf(child, how);
            }
            else if (child.Phase != TryPhase.Finally || IsForced)
            {
                StopWithin(child, how);
            }
        }

        looks.Enqueue((block, null));
    }

    private void StopLeaf(StepState step, Stop how)
    {
        if (step.Status == StepStatus.Incident)
        {
            var error = run.Incidents[step.Path].Error;
            Emit(new IncidentClosed(step.Path, run.UndoReason is null ? IncidentResolution.Cancel : IncidentResolution.Undo, actor, null));
            End(new StepFailed(step.Path, error));
        }
        else if (step.ChildAsked != ChildAsk.Nothing)
        {
            StopChild(step);
        }
        else if (step.Task is { } task)
        {
            // A task torn away half-way could not be taken back: before an undo it ends first.
            if (how == Stop.Abandon)
            {
                commands.Add(new AbandonTask(step.Path, task.Attempt, Undo: false));
                End(new StepCancelled(step.Path));
            }
        }
        else
        {
            End(new StepCancelled(step.Path));
        }
    }

    /// <summary>All within a stopped block has ended: its finally block is next, then its own end.</summary>
    private void FinishStopped(StepState block)
    {
        if (block.Parent is null)
        {
            FinishRun();
            return;
        }

        var plan = PlanOf(block);
        if (plan is { Step: TryStep { Finally.IsEmpty: false } } && block.Phase != TryPhase.Finally && !IsForced)
        {
            BeginFinally(block);
            looks.Enqueue((block, null));
        }
        else if (block.StopError is { } error)
        {
            Fail(block.Parent, block.Path, plan!, error);
        }
        else
        {
            End(new StepCancelled(block.Path));
        }
    }

    /// <summary>The time of a block or child run is up.</summary>
    private void TimeOut(StepState step)
    {
        var limit = PlanOf(step)!.Step.Timeout!.Value;
        Emit(new StopStarted(step.Path, TimeoutError($"Not done within {Duration.Format(limit)}.")));
        if (step.Kind == StepKind.Child)
        {
            StopChild(step);
        }
        else if (step.Phase != TryPhase.Finally)
        {
            StopWithin(step);
        }
    }

    private static StepError TimeoutError(string message) => new(ErrorCodes.Timeout, message);

    /// <summary>Nothing is open any more: what is to be undone is undone, and then the run ends.</summary>
    private void FinishRun()
    {
        if (run.IsEnded || run.OpenSteps > 0)
        {
            return;
        }

        if (run.Cancel is not null)
        {
            EndRun(RunOutcome.Cancelled, new StepError(ErrorCodes.Cancelled, $"Cancelled by {run.Cancel.By}{(run.Cancel.Reason is { } why ? $": {why}" : ".")}{StillInPlace()}"));
        }
        else if (run.UndoReason is not null && run.Root.UndoLeft > 0)
        {
            KickUndo(run.Root);
        }
        else if (run.LeftInPlace.Count > 0 || run.UndoReason is not null && PartsLeft().Any())
        {
            EndLeftInPlace();
        }
        else if (run.Root.StopError is { Code: ErrorCodes.Rejected } rejection)
        {
            EndRun(RunOutcome.Rejected, rejection with { Message = rejection.Message + StillInPlace() });
        }
        else if (run.UndoReason is not null)
        {
            EndRun(RunOutcome.Undone, WithIrreversible(run.Root.StopError));
        }
        else if (run.Tolerated.Where(path => !IsWithinCatch(PlanOf(run.Find(path)!)!)).ToList() is { Count: > 0 } failed)
        {
            EndRun(RunOutcome.Failed, new StepError(ErrorCodes.StepsFailed, $"{failed.Count} failed: {List(failed)}. Retry them to go on."));
        }
        else
        {
            EndRun(RunOutcome.Done, null);
        }
    }

    /// <summary>A node of an older version could not read the outcome.</summary>
    private void EndLeftInPlace() => EndRun(
        format < Formats.LeftInPlace ? RunOutcome.Failed : RunOutcome.LeftInPlace,
        new StepError(ErrorCodes.LeftInPlace, $"Not all could be taken back.{StillInPlace()}"));

    private void EndRun(RunOutcome outcome, StepError? error)
    {
        foreach (var path in run.Locks.Keys.ToArray())
        {
            Release(run.Find(path)!);
        }

        Emit(new RunEnded(outcome, error));
        if (run.Started!.Parent is { } parent)
        {
            commands.Add(new TellParent(parent, outcome, error));
        }
    }

    /// <summary>An undone run says what nothing takes back.</summary>
    private StepError? WithIrreversible(StepError? error)
    {
        var stays = Irreversible();
        if (stays.Count == 0)
        {
            return error;
        }

        var text = $"Nothing takes back {List(stays)}.";
        return error is null ? new StepError(ErrorCodes.Irreversible, text) { Retryable = false } : error with { Message = $"{error.Message} {text}" };
    }

    private string StillInPlace()
    {
        var left = run.LeftInPlace.Concat(UndoPlan.Left(run.Root)).Concat(PartsLeft()).Distinct().ToList();
        return left.Count == 0 ? "" : $" Still in place: {List(left)}.";
    }

    private static string List(List<StepPath> paths) =>
        string.Join(", ", paths.Take(20)) + (paths.Count > 20 ? $" and {paths.Count - 20} more" : "");
}
