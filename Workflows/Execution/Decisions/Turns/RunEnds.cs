using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>Nothing is open any more: what is to be undone is undone, and then the run ends with its outcome.</summary>
internal static class RunEnds
{
    public static void Finish(Turn turn)
    {
        var run = turn.Run;
        if (run.IsEnded || run.OpenSteps > 0)
        {
            return;
        }

        if (run.Cancel is not null)
        {
            End(turn, RunOutcome.Cancelled, new StepError(ErrorCodes.Cancelled, $"Cancelled by {run.Cancel.By}{(run.Cancel.Reason is { } why ? $": {why}" : ".")}{Remains.Of(turn).Sentence}"));
        }
        else if (run.UndoReason is not null && run.Root.UndoLeft > 0)
        {
            Undoing.TakeUp(turn, run.Root);
        }
        else if (run.LeftInPlace.Count > 0 || run.UndoReason is not null && Undoing.PartsLeft(turn).Any())
        {
            EndIncomplete(turn);
        }
        else if (run.Root.StopError is { Code: ErrorCodes.Rejected } rejection)
        {
            End(turn, RunOutcome.Rejected, rejection with { Message = rejection.Message + Remains.Of(turn).Sentence });
        }
        else if (run.UndoReason is not null)
        {
            End(turn, RunOutcome.Undone, WithIrreversible(turn, run.Root.StopError));
        }
        else if (run.Tolerated.Where(path => !Failures.IsWithinCatch(turn.PlanOf(run.Find(path)!)!)).ToList() is { Count: > 0 } failed)
        {
            End(turn, RunOutcome.Failed, new StepError(ErrorCodes.StepsFailed, $"{failed.Count} failed: {Refusals.List(failed)}. Retry them to go on."));
        }
        else
        {
            End(turn, RunOutcome.Done, null);
        }
    }

    public static void End(Turn turn, RunOutcome outcome, StepError? error)
    {
        foreach (var path in turn.Run.Locks.Keys.ToArray())
        {
            Locks.Release(turn, turn.Run.Find(path)!);
        }

        turn.Emit(new RunEnded(outcome, error));
        if (turn.Run.Started!.Parent is { } parent)
        {
            turn.Issue(new TellParent(parent, outcome, error));
        }
    }

    /// <summary>A server of an older version could not read the outcome.</summary>
    private static void EndIncomplete(Turn turn)
    {
        var remains = Remains.Of(turn);
        End(
            turn,
            turn.ProtocolVersion < ProtocolVersions.UndoIncomplete ? RunOutcome.Failed : RunOutcome.UndoIncomplete,
            new StepError(ErrorCodes.UndoIncomplete, $"Not all could be taken back.{remains.Sentence}") { Detail = remains.Detail });
    }

    /// <summary>An undone run says what nothing takes back.</summary>
    private static StepError? WithIrreversible(Turn turn, StepError? error)
    {
        var stays = Undoing.Irreversible(turn);
        if (stays.Count == 0)
        {
            return error;
        }

        var text = $"Nothing takes back {Refusals.List(stays)}.";
        return error is null ? new StepError(ErrorCodes.Irreversible, text) { Retryable = false } : error with { Message = $"{error.Message} {text}" };
    }
}
