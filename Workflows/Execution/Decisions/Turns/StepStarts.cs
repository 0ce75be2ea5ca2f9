using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>A step's turn has come: its condition first, then its locks, then the step itself.</summary>
internal static class StepStarts
{
    /// <summary>Whether new work may begin at or within a block: the run is not paused, and every lock around it is held.</summary>
    public static bool MayBegin(Turn turn, StepState block)
    {
        if (turn.Run.Paused is not null)
        {
            return false;
        }

        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Lock is { Status: LockStatus.Requested or LockStatus.Lost })
            {
                return false;
            }
        }

        return true;
    }

    public static void Begin(Turn turn, StepSite site)
    {
        var (step, path) = (site.Plan.Step, site.Path);
        if (turn.Run.Steps.Count >= RunBounds.MostSteps && turn.Run.Find(path) is null)
        {
            Failures.Fail(turn, site, RunBounds.TooLarge("This step"));
            return;
        }

        var names = step.When is null && step.Locks.IsEmpty ? null : site.Names(turn);
        if (step.When is { } when)
        {
            var condition = turn.Expressions.EvaluateCondition(when, names!);
            if (condition.Error is { } diagnostic)
            {
                Failures.Fail(turn, site, diagnostic.ToStepError());
                return;
            }

            if (!condition.IsTruthy)
            {
                StepEnds.End(turn, new StepSkipped(path, null, null));
                return;
            }
        }

        if (step.Locks.IsEmpty)
        {
            Enter(turn, site);
        }
        else if (Locks.Resources(turn, step.Locks, names!, out var error) is { } resources)
        {
            Locks.Request(turn, path, resources);
        }
        else
        {
            Failures.Fail(turn, site, error!);
        }
    }

    /// <summary>Begins a step that has its locks, or takes up one that an operator tries again.</summary>
    public static void Enter(Turn turn, StepSite site) => turn.HandlerOf(site.Plan).Enter(turn, site);

    /// <summary>A block or a child run that has just begun, or is tried again, may have a limit.</summary>
    public static void LimitTime(Turn turn, StepPlan plan, StepPath path)
    {
        if (plan.Step.Timeout is { } timeout)
        {
            turn.Emit(new TimeoutSet(path, turn.Now + timeout));
            Timers.Set(turn, path, TimerPurpose.Timeout, turn.Now + timeout);
        }
    }
}
