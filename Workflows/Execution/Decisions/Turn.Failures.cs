using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private enum Handling { Raise, Tolerate, Incident, Undo, Reject }

    /// <summary>A step failed for good: what that does is its policy's matter, unless a catch encloses it or all stops anyway.</summary>
    private void Fail(StepState block, StepPath path, StepPlan plan, StepError error)
    {
        switch (IsStopping(block) ? Handling.Raise : HandlingOf(block, plan, error))
        {
            case Handling.Raise:
                End(new StepFailed(path, error));
                break;
            case Handling.Tolerate:
                End(new StepFailed(path, error) { Tolerated = true });
                break;
            case Handling.Incident:
                if (run.Find(path) is { } step)
                {
                    ClearTimers(step);
                }

                Emit(new IncidentOpened(path, error));
                break;
            case Handling.Undo:
                End(new StepFailed(path, error));
                Emit(new StopStarted(StepPath.Root, error));
                Emit(new UndoStarted(StepPath.Root, $"{path}: {error.Message}", UndoStarted.ByPolicy));
                StopWithin(run.Root);
                break;
            case Handling.Reject:
                End(new StepFailed(path, error));
                Emit(new StopStarted(StepPath.Root, error));
                StopWithin(run.Root);
                break;
        }
    }

    /// <summary>
    /// Continue counts when it is said nearer than the next catch. A catch takes every other failure. Without one a
    /// rejection ends the run, undone or not; and a finally block that runs because all stops always runs to its end.
    /// </summary>
    private Handling HandlingOf(StepState block, StepPlan plan, StepError error)
    {
        var rejected = error.Code == ErrorCodes.Rejected;
        var policy = plan.Step.OnFailure;
        var within = plan;
        for (var at = Owner(block); at is not null; at = Owner(at.Parent!))
        {
            var owner = PlanOf(at)!;
            if (within.Block.Role == BlockRole.Body && owner.Step is TryStep { Catch.IsEmpty: false })
            {
                return policy == FailurePolicy.Continue && !rejected ? Handling.Tolerate : Handling.Raise;
            }

            if (within.Block.Role == BlockRole.Finally && IsStoppingAbove(at))
            {
                return Handling.Tolerate;
            }

            policy ??= owner.Step.OnFailure;
            within = owner;
        }

        return (policy ?? runbook.OnFailure) switch
        {
            FailurePolicy.Undo => Handling.Undo,
            _ when rejected => Handling.Reject,
            FailurePolicy.Continue => Handling.Tolerate,
            _ => Handling.Incident,
        };
    }

    /// <summary>The step around a block: itself, or for an iteration, round or branch the one it belongs to; null for the run.</summary>
    private static StepState? Owner(StepState block) => block.Kind == StepKind.Body ? block.Parent : block.Parent is null ? null : block;

    private FailurePolicy PolicyOf(StepPlan plan)
    {
        for (var at = plan; at is not null; at = at.Block.Owner)
        {
            if (at.Step.OnFailure is { } policy)
            {
                return policy;
            }
        }

        return runbook.OnFailure;
    }

    /// <summary>A failure that the run went past counts at its end, unless a try with a catch stands around it.</summary>
    private static bool IsWithinCatch(StepPlan plan)
    {
        for (var at = plan; at.Block.Owner is { } owner; at = owner)
        {
            if (at.Block.Role == BlockRole.Body && owner.Step is TryStep { Catch.IsEmpty: false })
            {
                return true;
            }
        }

        return false;
    }
}
