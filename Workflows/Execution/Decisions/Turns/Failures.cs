using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>A step failed for good: what that does is its policy's matter, unless a catch encloses it or all stops anyway.</summary>
internal static class Failures
{
    private enum Handling { Raise, Tolerate, Incident, Undo, Reject }

    public static void Fail(Turn turn, StepState step, StepError error) => Fail(turn, StepSite.Of(turn, step), error);

    public static void Fail(Turn turn, StepSite site, StepError error)
    {
        var (run, path) = (turn.Run, site.Path);
        switch (Stopping.IsStopping(run, site.Block) ? Handling.Raise : HandlingOf(turn, site, error))
        {
            case Handling.Raise:
                StepEnds.End(turn, new StepFailed(path, error));
                break;
            case Handling.Tolerate:
                StepEnds.End(turn, new StepFailed(path, error) { Tolerated = true });
                break;
            case Handling.Incident:
                if (run.Find(path) is { } step)
                {
                    Timers.Clear(turn, step);
                }

                turn.Emit(new IncidentOpened(path, error));
                break;
            case Handling.Undo:
                StepEnds.End(turn, new StepFailed(path, error));
                turn.Emit(new StopStarted(StepPath.Root, error));
                turn.Emit(new UndoStarted(StepPath.Root, $"{path}: {error.Message}", UndoStarted.ByPolicy));
                Stopping.StopWithin(turn, run.Root);
                break;
            case Handling.Reject:
                StepEnds.End(turn, new StepFailed(path, error));
                turn.Emit(new StopStarted(StepPath.Root, error));
                Stopping.StopWithin(turn, run.Root);
                break;
        }
    }

    /// <summary>
    /// Continue counts when it is said nearer than the next catch. A catch takes every other failure. Without one a
    /// rejection ends the run, undone or not; and a finally block that runs because all stops always runs to its end.
    /// </summary>
    private static Handling HandlingOf(Turn turn, StepSite site, StepError error)
    {
        var rejected = error.Code == ErrorCodes.Rejected;
        var within = site.Plan;
        var policy = within.Step.OnFailure;
        for (var at = Owner(site.Block); at is not null; at = Owner(at.Parent!))
        {
            var owner = turn.PlanOf(at)!;
            if (within.Block.Role == BlockRole.Body && owner.Catches)
            {
                return policy == FailurePolicy.Continue && !rejected ? Handling.Tolerate : Handling.Raise;
            }

            if (within.Block.Role == BlockRole.Finally && Stopping.IsStoppingAbove(at))
            {
                return Handling.Tolerate;
            }

            policy ??= owner.Step.OnFailure;
            within = owner;
        }

        return (policy ?? turn.Runbook.OnFailure) switch
        {
            FailurePolicy.Undo => Handling.Undo,
            _ when rejected => Handling.Reject,
            FailurePolicy.Continue => Handling.Tolerate,
            _ => Handling.Incident,
        };
    }

    /// <summary>The step around a block: itself, or for an iteration, round or branch the one it belongs to; null for the run.</summary>
    private static StepState? Owner(StepState block) => block.Kind == StepKind.Body ? block.Parent : block.Parent is null ? null : block;

    public static FailurePolicy PolicyOf(Turn turn, StepPlan plan)
    {
        for (var at = plan; at is not null; at = at.Block.Owner)
        {
            if (at.Step.OnFailure is { } policy)
            {
                return policy;
            }
        }

        return turn.Runbook.OnFailure;
    }

    /// <summary>A failure that the run went past counts at its end, unless a try with a catch stands around it.</summary>
    public static bool IsWithinCatch(StepPlan plan)
    {
        for (var at = plan; at.Block.Owner is { } owner; at = owner)
        {
            if (at.Block.Role == BlockRole.Body && owner.Catches)
            {
                return true;
            }
        }

        return false;
    }

    public static StepError WrongType(string message) => new(ErrorCodes.WrongType, message) { Retryable = false };

    public static StepError Timeout(string message) => new(ErrorCodes.Timeout, message);

    /// <summary>A value as an error quotes it.</summary>
    public static string Describe(System.Text.Json.JsonElement? value) =>
        value is { } some ? some.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : some.GetRawText() : "nothing";
}
