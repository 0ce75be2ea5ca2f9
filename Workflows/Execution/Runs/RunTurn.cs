using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>The mail of one run that is decided together, and what came of each.</summary>
internal sealed class RunTurn(LoadedRun run, RunDirectory directory, DateTimeOffset now)
{
    /// <summary>Each mail with its refusal, to be answered once the draft is durable.</summary>
    public List<(Mail Mail, StepError? Refusal)> Answers { get; } = [];

    public TransitionDraft Draft { get; } = new(run.State.Id);

    /// <summary>Tasks to claim and send again.</summary>
    public List<PendingTask> Redispatched { get; } = [];

    /// <summary>Tasks of a held run whose lease ended: nobody gets them until it is lifted.</summary>
    public List<PendingTask> Parked { get; } = [];

    /// <summary>Results that a held run may not decide on now.</summary>
    public List<ResultMessage> Withheld { get; } = [];

    /// <summary>An operator has lifted what held the run.</summary>
    public bool Lifted { get; private set; }

    public void Take(Mail mail)
    {
        if (run.State.Held is null) directory.Options.Deciding?.Invoke(run.State.Id, mail.Turn);
        Answers.Add((mail, Decide(mail)));
    }

    public (Transition Transition, RunSummary? Summary) Conclude()
    {
        var summary = run.ChangedSummary();
        var ends = run.State.IsEnded && Draft.Events.Any(happened => happened is RunEnded);
        var started = run.State.Started;
        var transition = Draft.ToTransition(
            run.Root, run.Version, now, summary, ends, started?.Lane ?? default, started?.StartedBy ?? "",
            task => directory.Dispatcher.HandOut(run.State.Id, task, PendingTask.FirstToken(task.Attempt)));
        return (transition, summary);
    }

    private StepError? Decide(Mail mail)
    {
        // Their rows stay: timers are armed anew when the run is lifted, messages and lock news are told again by the recovery scan.
        if (run.State.Held is not null && mail is ResultMail or TimerMail or LockMail or RunMail { Input: not CancelRun })
        {
            if (mail is ResultMail result) Withheld.Add(result.Message);
            return null;
        }

        switch (mail)
        {
            case StartMail start:
                return Start(start);
            case ResultMail result:
                if (!directory.Leases.IsCurrent(result.Stamp)) return null;
                Draft.Remove(result.Stamp.Task);
                return Decide(mail.Input);
            case FactMail fact:
                fact.Stale = !directory.Leases.IsCurrent(fact.Stamp);
                return fact.Stale ? null : Decide(mail.Input);
            case TimerMail timer:
                // Moved or cleared while it was on its way.
                if (!directory.Dispatcher.Timers.IsArmed(timer.Timer)) return null;
                if (timer.Timer.Due > now)
                {
                    // The clock went back in between.
                    directory.Dispatcher.Timers.Repeat(timer.Timer);
                    return null;
                }

                Draft.Clear(timer.Timer.Timer);
                return Decide(mail.Input);
            case RunMail message:
                return Hear(message);
            case RedispatchMail again:
                Redispatch(again.Task);
                return null;
            default:
                return Decide(mail.Input);
        }
    }

    private StepError? Decide(Input input)
    {
        var held = run.State.Held is not null;
        var decision = directory.Interpreter.Decide(run.Runbook, run.State, input, now, directory.Map.Format);
        if (decision.Refusal is null) Draft.Add(decision);
        Lifted |= held && run.State is { Held: null, IsEnded: false };
        return decision.Refusal;
    }

    private StepError? Start(StartMail start)
    {
        if (start.Answers is { } message) Draft.Answer(message);
        if (run.State.Started is null) return Decide(start.Input);
        start.Existed = true;
        return null;
    }

    private StepError? Hear(RunMail message)
    {
        // The end of a child that comes twice may find the step at its undo, and would be taken for the answer to that.
        var again = Draft.Answers(message.Answers) || run.HasAnswered(message.Answers);
        Draft.Answer(message.Answers);
        if (again) return null;

        var refusal = Decide(message.Input);
        // A child that is over cannot be undone or cancelled any more: its end is the answer, once more.
        if (refusal is not null && message.Input is UndoRun && run.State is { Outcome: { } outcome, Started.Parent: { } parent })
            Draft.Tell(MessageKind.TellParent, StepPath.Root, new TellParent(parent, outcome, run.State.Error ?? refusal));
        return refusal;
    }

    private void Redispatch(PendingTask pending)
    {
        // Handed out again, or done and scheduled anew, since the row was read.
        if (directory.Leases.Find(pending.Run, pending.Id) is { } token && token > pending.Token) return;

        if (run.State.Held is not null)
        {
            Parked.Add(pending);
            return;
        }

        var wanted = run.State.Find(pending.Task.Path)?.Task;
        if (wanted is not null && wanted.Attempt == pending.Task.Attempt && wanted.Undo == pending.Task.Undo) Redispatched.Add(pending with { Task = pending.Task with { Tags = wanted.Tags } });
        else if (wanted is null || wanted.Undo != pending.Task.Undo) Draft.Remove(pending.Id);
    }
}
