using System.Text.Json;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>wait</c>: for a time, a duration or a signal.</summary>
internal sealed class WaitHandler : IStepHandler
{
    public void Enter(Turn turn, StepSite site)
    {
        var wait = (WaitStep)site.Plan.Step;
        var value = turn.Expressions.Evaluate((wait.Until ?? wait.For ?? wait.Signal)!, site.Names(turn));
        if (value.Value is not { } given)
        {
            Failures.Fail(turn, site, value.Error!.ToStepError());
        }
        else if (wait.Signal is not null)
        {
            EnterSignal(turn, site, given);
        }
        else if (When(wait, given, turn.Now) is { } until)
        {
            turn.Emit(new WaitStarted(site.Path, until, null, null));
            if (until <= turn.Now)
            {
                StepEnds.End(turn, new StepCompleted(site.Path, null));
            }
            else
            {
                Timers.Set(turn, site.Path, TimerPurpose.Wait, until);
            }
        }
        else
        {
            Failures.Fail(turn, site, Failures.WrongType(wait.Until is not null
                ? $"`until` needs a time with its offset, as in 2026-11-12T01:00:00+08:00, and got {Failures.Describe(given)}."
                : $"`for` got {Failures.Describe(given)}, but {Duration.Form}, or a number of seconds."));
        }
    }

    private static DateTimeOffset? When(WaitStep wait, JsonElement given, DateTimeOffset now)
    {
        if (wait.For is not null)
        {
            return Duration.TryFrom(given, out var duration) ? now + duration : null;
        }

        return given.ValueKind == JsonValueKind.String && Times.TryParse(given.GetString()!, out var time) ? time : null;
    }

    private static void EnterSignal(Turn turn, StepSite site, JsonElement given)
    {
        if (given.ValueKind != JsonValueKind.String || given.GetString() is not { Length: > 0 } name)
        {
            Failures.Fail(turn, site, Failures.WrongType($"`signal` needs a name and got {Failures.Describe(given)}."));
            return;
        }

        var deadline = turn.Now + site.Plan.Step.Timeout;
        turn.Emit(new WaitStarted(site.Path, null, name, deadline));
        if (turn.Run.Signals.TryGetValue(name, out var payload))
        {
            StepEnds.End(turn, new StepCompleted(site.Path, payload));
        }
        else if (deadline is { } due)
        {
            Timers.Set(turn, site.Path, TimerPurpose.Deadline, due);
        }
    }

    public void Fire(Turn turn, StepState step, TimerPurpose purpose)
    {
        if (purpose == TimerPurpose.Wait)
        {
            StepEnds.End(turn, new StepCompleted(step.Path, null));
        }
        else
        {
            Failures.Fail(turn, step, Failures.Timeout($"The signal {((WaitState)step.Own!).For.Signal} did not come in time. Send it and retry the step, or skip it."));
        }
    }
}
