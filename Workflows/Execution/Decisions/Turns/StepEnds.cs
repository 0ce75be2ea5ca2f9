using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>A step, or an iteration, round or branch, ends with its last event: its timers and locks go, and the block around it is looked at.</summary>
internal static class StepEnds
{
    public static void End(Turn turn, StepEvent last)
    {
        if (turn.Run.Find(last.Path) is { } known)
        {
            Timers.Clear(turn, known);
            if (last is not StepCompleted && !turn.EvaluatesNothing && turn.PlanOf(known) is { } plan)
            {
                last = turn.HandlerOf(plan).WithWayBack(turn, known, plan, last);
            }
        }

        turn.Emit(last);
        var step = turn.Run.Find(last.Path)!;
        Locks.Release(turn, step);
        turn.Visit(step.Parent!, step);
    }
}
