using Orchestrator.Workflows.Execution.Decisions;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Decides on a run's mail: what counts no more is left out, all else is put to the interpreter, and one transition is drawn up of what follows.</summary>
/// <param name="deciding">Called before each decision on a run that is not held; what it throws counts as thrown by the decision. For tests.</param>
internal sealed class RunDecider(
    Interpreter interpreter, MembershipTracker map, LeaseTable leases, TimerLoop timers, ITaskAssignment assignment, CrashRecord crashes, Action<RunId, string>? deciding)
{
    /// <summary>Throws <see cref="TurnFaultException"/> when a decision throws: that is the run's matter.</summary>
    public async Task DecideAsync(RunTurn turn, List<RunRequest> requests)
    {
        var run = turn.Run.State.Id;
        // In quarantine nothing is evaluated.
        if (!crashes.IsSuspect(run) || crashes.IsQuarantined(run))
        {
            Decide(turn, requests);
            return;
        }

        await crashes.BeginTrialAsync(run, requests[0].Turn);
        try
        {
            Decide(turn, requests);
        }
        finally
        {
            await crashes.EndTrialAsync(run, requests[0].Turn);
        }
    }

    private void Decide(RunTurn turn, List<RunRequest> requests)
    {
        var run = turn.Run.State.Id;
        try
        {
            foreach (var request in requests)
            {
                var mark = crashes.Deciding(run, request);
                try
                {
                    if (turn.Run.State.Held is null) deciding?.Invoke(run, request.Turn);
                    turn.Answers.Add((request, Take(turn, request)));
                }
                finally
                {
                    crashes.Decided(mark);
                }
            }

            if (!turn.Draft.IsEmpty) turn.Transition = Conclude(turn);
        }
        catch (Exception error)
        {
            throw new TurnFaultException(error);
        }
    }

    private Transition Conclude(RunTurn turn)
    {
        var (run, draft) = (turn.Run, turn.Draft);
        var ends = run.State.IsEnded && draft.Events.Any(happened => happened is RunEnded);
        var started = run.State.Started;
        return draft.ToTransition(
            run.Root, run.Version, turn.Now, run.ChangedSummary(), ends, started?.Lane ?? default, started?.StartedBy ?? "",
            task => assignment.Assign(run.State.Id, task, PendingTask.FirstToken(task.Attempt)));
    }

    private StepError? Take(RunTurn turn, RunRequest request)
    {
        // Their rows stay: timers are armed anew when the run is lifted, messages and lock news are sent again by the recovery scan.
        if (turn.Run.State.Held is not null && request is TaskResultRequest or TimerRequest or LockUpdateRequest or RunMessageRequest { Input: not CancelRun })
        {
            if (request is TaskResultRequest result) turn.Withheld.Add(result.Message);
            return null;
        }

        switch (request)
        {
            case StartRunRequest start:
                return Start(turn, start);
            case TaskResultRequest result:
                if (!leases.IsCurrent(result.TaskToken)) return null;
                turn.Draft.Remove(result.TaskToken.Task);
                return Decide(turn, request.Input);
            case FactRequest fact:
                fact.Stale = !leases.IsCurrent(fact.TaskToken);
                return fact.Stale ? null : Decide(turn, request.Input);
            case TimerRequest timer:
                // Moved or cleared while it was on its way.
                if (!timers.IsArmed(timer.Timer)) return null;
                if (timer.Timer.Due > turn.Now)
                {
                    // The clock went back in between.
                    timers.Repeat(timer.Timer);
                    return null;
                }

                turn.Draft.Clear(timer.Timer.Timer);
                return Decide(turn, request.Input);
            case RunMessageRequest message:
                return Hear(turn, message);
            case RedispatchRequest again:
                Redispatch(turn, again.Task);
                return null;
            default:
                return Decide(turn, request.Input);
        }
    }

    private StepError? Decide(RunTurn turn, Input input)
    {
        var run = turn.Run;
        var held = run.State.Held is not null;
        var decision = interpreter.Decide(run.Runbook, run.State, input, turn.Now, map.ProtocolVersion);
        if (decision.Refusal is null) turn.Draft.Add(decision);
        turn.Lifted |= held && run.State is { Held: null, IsEnded: false };
        return decision.Refusal;
    }

    private StepError? Start(RunTurn turn, StartRunRequest start)
    {
        if (start.Answers is { } message) turn.Draft.Answer(message);
        if (turn.Run.State.Started is null)
        {
            var refusal = Decide(turn, start.Input);
            if (EngineTrace.Recorded is { } trace) turn.Draft.Trace(turn.Run.State, trace);
            return refusal;
        }

        start.Existed = true;
        return null;
    }

    private StepError? Hear(RunTurn turn, RunMessageRequest message)
    {
        var (run, draft) = (turn.Run, turn.Draft);
        // The end of a child that comes twice may find the step at its undo, and would be taken for the answer to that.
        var again = draft.Answers(message.Answers) || run.HasAnswered(message.Answers);
        draft.Answer(message.Answers);
        if (again) return null;

        var refusal = Decide(turn, message.Input);
        // A child that is over cannot be undone or cancelled any more: its end is the answer, once more.
        if (refusal is not null && message.Input is UndoRun && run.State is { Outcome: { } outcome, Started.Parent: { } parent })
            draft.Tell(MessageKind.TellParent, StepPath.Root, new TellParent(parent, outcome, run.State.Error ?? refusal));
        return refusal;
    }

    private void Redispatch(RunTurn turn, PendingTask pending)
    {
        // Dispatched again, or done and scheduled anew, since the row was read.
        if (leases.Find(pending.Run, pending.Id) is { } token && token > pending.Token) return;

        var state = turn.Run.State;
        if (state.Held is not null)
        {
            turn.Parked.Add(pending);
            return;
        }

        var wanted = state.Find(pending.Task.Path)?.Task;
        if (wanted is not null && wanted.Attempt == pending.Task.Attempt && wanted.Undo == pending.Task.Undo) turn.Redispatched.Add(pending with { Task = pending.Task with { Tags = wanted.Tags } });
        else if (wanted is null || wanted.Undo != pending.Task.Undo) turn.Draft.Remove(pending.Id);
    }
}
