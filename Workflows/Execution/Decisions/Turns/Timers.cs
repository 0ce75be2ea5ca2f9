using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>Timers are set, cleared and come due. While the run is paused they are kept; what is due fires when it goes on.</summary>
internal static class Timers
{
    public static void Set(Turn turn, StepPath path, TimerPurpose purpose, DateTimeOffset due) => turn.Change(new SetTimer(new TimerId(path, purpose), due));

    public static void Clear(Turn turn, StepState step)
    {
        foreach (var timer in RunState.Timers(step))
        {
            turn.Change(new ClearTimer(timer.Timer));
        }
    }

    public static void Fire(Turn turn, TimerId timer)
    {
        var run = turn.Run;
        if (run.Paused is null && run.Find(timer.Path) is { } step && RunState.Timers(step).Any(set => set.Timer == timer && set.Due <= turn.Now))
        {
            Fire(turn, step, timer.Purpose);
        }
    }

    /// <summary>What a pause or a hold kept back fires; what is due later is set again.</summary>
    public static void FireDue(Turn turn, StepState step)
    {
        foreach (var timer in RunState.Timers(step).ToArray())
        {
            if (timer.Due > turn.Now)
            {
                // It may have come due in the pause all the same, by a clock that was ahead.
                turn.Change(timer);
            }
            else if (RunState.Timers(step).Contains(timer))
            {
                turn.Change(new ClearTimer(timer.Timer));
                Fire(turn, step, timer.Timer.Purpose);
            }
        }
    }

    private static void Fire(Turn turn, StepState step, TimerPurpose purpose) => turn.HandlerOf(turn.PlanOf(step)!).Fire(turn, step, purpose);
}
