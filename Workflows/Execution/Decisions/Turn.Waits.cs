using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private void BeginWait(StepState block, StepPlan plan, StepPath path, WaitStep wait)
    {
        var value = expressions.Evaluate((wait.Until ?? wait.For ?? wait.Signal)!, ScopeIn(block, plan.Block));
        if (value.Value is not { } given)
        {
            Fail(block, path, plan, value.Error!.ToStepError());
        }
        else if (wait.Signal is not null)
        {
            BeginSignal(block, plan, path, given);
        }
        else if (When(wait, given) is { } until)
        {
            Emit(new WaitStarted(path, until, null, null));
            if (until <= now)
            {
                End(new StepCompleted(path, null));
            }
            else
            {
                Set(path, TimerPurpose.Wait, until);
            }
        }
        else
        {
            Fail(block, path, plan, WrongType(wait.Until is not null
                ? $"`until` needs a time with its offset, as in 2026-11-12T01:00:00+08:00, and got {Describe(given)}."
                : $"`for` got {Describe(given)}, but {Duration.Form}, or a number of seconds."));
        }
    }

    private DateTimeOffset? When(WaitStep wait, JsonElement given)
    {
        if (wait.For is not null)
        {
            return Duration.TryFrom(given, out var duration) ? now + duration : null;
        }

        return given.ValueKind == JsonValueKind.String && Times.TryParse(given.GetString()!, out var time) ? time : null;
    }

    private void BeginSignal(StepState block, StepPlan plan, StepPath path, JsonElement given)
    {
        if (given.ValueKind != JsonValueKind.String || given.GetString() is not { Length: > 0 } name)
        {
            Fail(block, path, plan, WrongType($"`signal` needs a name and got {Describe(given)}."));
            return;
        }

        var deadline = now + plan.Step.Timeout;
        Emit(new WaitStarted(path, null, name, deadline));
        if (run.Signals.TryGetValue(name, out var payload))
        {
            End(new StepCompleted(path, payload));
        }
        else if (deadline is { } due)
        {
            Set(path, TimerPurpose.Deadline, due);
        }
    }

    private StepError? Receive(ReceiveSignal signal)
    {
        if (run.IsEnded)
        {
            return RefuseEnded();
        }

        if (RefuseSize(signal) is { } refusal)
        {
            return refusal;
        }

        if (run.Signals.TryGetValue(signal.Name, out var known) && JsonElement.DeepEquals(known ?? Json.Null, signal.Payload ?? Json.Null))
        {
            return null;
        }

        Emit(new SignalReceived(signal.Name, signal.Payload, signal.By));
        if (run.SignalWaits.TryGetValue(signal.Name, out var waits))
        {
            foreach (var path in waits.Order(PathOrder).ToArray())
            {
                End(new StepCompleted(path, signal.Payload));
            }
        }

        return null;
    }

    private StepError? RefuseSize(ReceiveSignal signal) => signal switch
    {
        { Name.Length: 0 or > RunBounds.LongestSignalName } => Refusal(
            "signal-too-large", $"A signal's name has 1 to {RunBounds.LongestSignalName} characters, and this one has {signal.Name.Length:N0}: give a shorter one."),
        { Payload: { ValueKind: not JsonValueKind.Undefined } payload } when JsonMarshal.GetRawUtf8Value(payload).Length is var bytes && bytes > RunBounds.LargestSignal => Refusal(
            "signal-too-large", $"The payload has {bytes:N0} bytes, and a signal has at most {RunBounds.LargestSignal:N0}: pass a name or an address instead of the data itself."),
        // One that a step waits for is taken in any case, and one that is known takes the place of the one before.
        _ when run.Signals.Count >= RunBounds.MostSignals && !run.Signals.ContainsKey(signal.Name) && !run.SignalWaits.ContainsKey(signal.Name) => Refusal(
            "too-many-signals", $"The run keeps {run.Signals.Count:N0} signals of different names that no step has waited for, the most that it keeps: send those that its steps wait for."),
        _ => null,
    };

    /// <summary>A set's order is not the same after a snapshot; the decision must be.</summary>
    private static readonly Comparer<StepPath> PathOrder = Comparer<StepPath>.Create((left, right) => string.CompareOrdinal(left.Value, right.Value));

    private void Fire(TimerId timer)
    {
        // While the run is paused its timers are kept; what is due fires when it goes on.
        if (run.Paused is null && run.Find(timer.Path) is { } step && RunState.Timers(step).Any(set => set.Timer == timer && set.Due <= now))
        {
            Fire(step, timer.Purpose);
        }
    }

    private void FireDue(StepState step)
    {
        foreach (var timer in RunState.Timers(step).ToArray())
        {
            if (timer.Due > now)
            {
                // It may have come due in the pause all the same, by a clock that was ahead.
                timers.Add(timer);
            }
            else if (RunState.Timers(step).Contains(timer))
            {
                timers.Add(new ClearTimer(timer.Timer));
                Fire(step, timer.Timer.Purpose);
            }
        }
    }

    private void Fire(StepState step, TimerPurpose purpose)
    {
        switch (purpose)
        {
            case TimerPurpose.Retry:
                RetryAttempt(step);
                break;
            case TimerPurpose.Timeout when step.Task is { } task:
                commands.Add(new AbandonTask(step.Path, task.Attempt, task.Undo));
                FailAttempt(step, TimeoutError($"Attempt {task.Attempt} was not done in time."));
                break;
            case TimerPurpose.Timeout:
                TimeOut(step);
                break;
            case TimerPurpose.Wait:
                End(new StepCompleted(step.Path, null));
                break;
            case TimerPurpose.Delay:
                if (MayBegin(step))
                {
                    BeginRound(step);
                }

                break;
            case TimerPurpose.Deadline when step.Approval is not null:
                ApprovalDeadline(step);
                break;
            case TimerPurpose.Deadline:
                Fail(step.Parent!, step.Path, PlanOf(step)!, TimeoutError($"The signal {step.Wait!.Signal} did not come in time. Send it and retry the step, or skip it."));
                break;
            default:
                throw new UnreachableException($"No timer {purpose}.");
        }
    }
}
