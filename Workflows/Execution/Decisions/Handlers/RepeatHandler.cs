using System.Globalization;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>repeat</c>: rounds one after the other, with a pause between them, until a condition holds or there have been enough.</summary>
internal sealed class RepeatHandler : IBlockHandler
{
    public IEnumerable<string> Members => ["steps", "rounds"];

    public void Enter(Turn turn, StepSite site)
    {
        turn.Emit(new StepStarted(site.Path));
        Blocks.Begun(turn, site);
    }

    public void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended)
    {
        if (Blocks.Raised(turn, block) || block.Open > 0 || block.Own is RepeatState || !StepStarts.MayBegin(turn, block))
        {
            return;
        }

        if (block.Children.Count > block.AttemptBase && !GoesOn(turn, block, plan))
        {
            return;
        }

        if (turn.Run.Steps.Count >= RunBounds.MostSteps)
        {
            Failures.Fail(turn, block, RunBounds.TooLarge("Another round"));
            return;
        }

        BeginRound(turn, block);
    }

    /// <summary>Whether a further round begins now, after at least one.</summary>
    private static bool GoesOn(Turn turn, StepState block, StepPlan plan)
    {
        var repeat = (RepeatStep)plan.Step;
        if (repeat.Until is { } until)
        {
            var condition = turn.Expressions.EvaluateCondition(until, turn.Names.In(block.Children[^1], plan.Blocks[0]));
            if (condition.Error is { } error)
            {
                Failures.Fail(turn, block, error.ToStepError());
                return false;
            }

            if (condition.IsTruthy)
            {
                Blocks.Complete(turn, block);
                return false;
            }
        }

        if (block.Children.Count - block.AttemptBase >= repeat.AtMost)
        {
            if (repeat.Until is null)
            {
                Blocks.Complete(turn, block);
            }
            else
            {
                Failures.Fail(turn, block, new StepError(
                    ErrorCodes.RepeatExhausted,
                    $"`until` was not met in {repeat.AtMost} rounds. Retry the step for as many rounds again, or skip it.") { Retryable = false });
            }

            return false;
        }

        if (repeat.Delay > TimeSpan.Zero)
        {
            turn.Emit(new WaitStarted(block.Path, turn.Now + repeat.Delay, null, null));
            Timers.Set(turn, block.Path, TimerPurpose.Delay, turn.Now + repeat.Delay);
            return false;
        }

        return true;
    }

    public void Fire(Turn turn, StepState step, TimerPurpose purpose)
    {
        if (purpose != TimerPurpose.Delay)
        {
            Stopping.TimeOut(turn, step);
        }
        else if (StepStarts.MayBegin(turn, step))
        {
            BeginRound(turn, step);
        }
    }

    private static void BeginRound(Turn turn, StepState block) =>
        Blocks.BeginBody(turn, block.Path.Child((block.Children.Count + 1).ToString(CultureInfo.InvariantCulture)));

    public Scope NamesWithin(Scope outer, StepState step, StepState body, BlockPlan block) =>
        outer.With("round", Json.Of(int.Parse(body.Path.Name, CultureInfo.InvariantCulture)));

    /// <summary><c>steps</c> are those of the latest round.</summary>
    public ScopeValue? Member(Turn turn, StepState step, string name) => name switch
    {
        "steps" => new StepMembers(turn, step.Children.Count > 0 ? [step.Children[^1]] : []),
        "rounds" => new StepItems(step.Children, child => new StepScope(turn, child)),
        _ => null,
    };
}
