using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

// A decision that an exception ended is tried again after a pause; after three times the run is held, and waits for an operator.
internal sealed partial class RunMailbox
{
    private TurnFaults? faults;
    private List<ResultMessage>? withheld;

    private async Task<(Transition? Transition, RunSummary? Summary)> DecideAsync(RunTurn decided, List<Mail> mails)
    {
        // In quarantine nothing is evaluated.
        if (!directory.Crashes.IsSuspect(run) || directory.Crashes.IsQuarantined(run)) return Decide(decided, mails);

        await directory.Crashes.BeginTrialAsync(run, mails[0].Turn);
        try
        {
            return Decide(decided, mails);
        }
        finally
        {
            await directory.Crashes.EndTrialAsync(run, mails[0].Turn);
        }
    }

    /// <summary>Throws <see cref="TurnFaultException"/>: what ends a decision is the run's matter, and what ends a read or write is the store's.</summary>
    private (Transition? Transition, RunSummary? Summary) Decide(RunTurn decided, List<Mail> mails)
    {
        try
        {
            foreach (var mail in mails)
            {
                var mark = directory.Crashes.Deciding(run, mail);
                try
                {
                    decided.Take(mail);
                }
                finally
                {
                    directory.Crashes.Decided(mark);
                }
            }

            return decided.Draft.IsEmpty ? default : decided.Conclude();
        }
        catch (Exception error)
        {
            throw new TurnFaultException(error);
        }
    }

    private async Task FailTurnAsync(Mail mail, Exception error)
    {
        EngineMetrics.TurnFaults.Add(1);
        var count = (faults ??= new TurnFaults()).Count(mail.Turn);
        if (count == 1) LogFault(directory.Logger, error, mail.Turn, run);

        var problem = TurnFaults.Error(mail, error);
        switch (mail)
        {
            case HoldMail or StartMail { Hold: not null }:
                mail.Fail(error);
                break;
            case StartMail start:
                // Somebody waits for an answer, and the run is not there yet to be tried again.
                start.Hold = problem;
                await ProcessAsync([mail]);
                break;
            case RequestMail when count < TurnFaults.Most:
                mail.Answer(problem);
                break;
            case FactMail when count < TurnFaults.Most:
                // A worker sends its fact again by itself.
                mail.Fail(error);
                break;
            case var _ when count < TurnFaults.Most:
                Later(mail, TurnFaults.Pause(count));
                break;
            case var _ when count % TurnFaults.Most == 0 && await HoldAsync(mail, problem, count):
                // It waits with all the others now, or is refused.
                await ProcessAsync([mail]);
                break;
            case RequestMail:
                mail.Answer(problem);
                break;
            default:
                Later(mail, TurnFaults.Pause(count));
                break;
        }
    }

    /// <summary>False: not even that could be done now.</summary>
    private async Task<bool> HoldAsync(Mail mail, StepError problem, int count)
    {
        LogHeld(directory.Logger, run, count, mail.Turn);
        await ProcessAsync([new HoldMail(problem)]);
        return loaded?.State.Held is not null;
    }

    private async void Later(Mail mail, TimeSpan pause)
    {
        await Task.Delay(pause, directory.Clocks.Wall);
        directory.Post(run, mail);
    }

    /// <summary>A run that has ended has no incident to lift: what is asked of it in quarantine is refused, and trying the run again lifts that.</summary>
    private async Task<bool> RefuseAsync(LoadedRun known, List<Mail> mails)
    {
        if (!known.State.IsEnded || !directory.Crashes.IsQuarantined(run)) return false;

        foreach (var mail in mails)
        {
            if (mail is RequestMail { Input: RetryStep { Path.IsRoot: true } })
            {
                await directory.Crashes.LiftAsync(run);
                mail.Answer(null);
            }
            else
            {
                mail.Answer(mail is RequestMail ? directory.Crashes.Error(run) : null);
            }
        }

        return true;
    }

    /// <summary>What a decision means for the hold of its run, once it is durable.</summary>
    private async Task SettleHoldAsync(LoadedRun known, RunTurn decided, List<Mail> mails)
    {
        foreach (var happened in decided.Draft.Events)
        {
            if (happened is IncidentOpened { Path.IsRoot: true } opened && RunState.IsHold(opened.Error))
                EngineMetrics.RunsHeld.Add(1, new KeyValuePair<string, object?>("code", opened.Error.Code));
        }

        if (faults is not null)
        {
            faults.Forget(Unreadable);
            foreach (var mail in mails) faults.Forget(mail.Turn);
            if (faults.IsEmpty) faults = null;
        }

        if (decided.Withheld.Count > 0) (withheld ??= []).AddRange(decided.Withheld);
        try
        {
            if (decided.Parked.Count > 0)
            {
                var until = directory.Clocks.Wall.GetUtcNow() + TurnFaults.ParkedFor;
                await directory.Journal.LeaseAsync([.. decided.Parked.Select(task => new LeaseChange(run, task.Id, task.Token, "", task.Token, until))]);
            }

            if (directory.Crashes.IsSuspect(run))
            {
                if (known.State.IsEnded) await directory.Crashes.ForgetAsync(run);
                else if (decided.Lifted) await directory.Crashes.LiftAsync(run);
            }

            if (decided.Lifted) await GoOnAsync(known);
        }
        catch (Exception error) when (error is not FencedException)
        {
            // What was decided is durable all the same, and the sweep looks after its tasks.
            LogNotSettled(directory.Logger, error, run);
        }
    }

    /// <summary>What a held run did not decide on comes again.</summary>
    private async Task GoOnAsync(LoadedRun known)
    {
        var now = directory.Clocks.Night.GetUtcNow();
        foreach (var timer in known.State.PendingTimers())
        {
            if (timer.Due <= now) directory.Dispatcher.Timers.Repeat(new PendingTimer(run, timer.Timer, timer.Due));
        }

        foreach (var result in withheld ?? []) directory.Post(run, new ResultMail(result));
        withheld = null;
        var wall = directory.Clocks.Wall.GetUtcNow();
        foreach (var task in await directory.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, CancellationToken.None))
        {
            if (task.Run == run && (task.LeaseUntil <= wall || (task.Owner.Length == 0 && task.LeaseUntil > wall + TurnFaults.ParkedFor / 2))) directory.Post(run, new RedispatchMail(task));
        }
    }

    [LoggerMessage(1081, LogLevel.Error, "Deciding on {Turn} of run {RunId} failed; nothing changed, and it is tried again")]
    private static partial void LogFault(ILogger logger, Exception error, string turn, RunId runId);

    [LoggerMessage(1082, LogLevel.Warning, "The tasks of run {RunId}, or what is counted against it, were left as they were; the sweep tries it once more")]
    private static partial void LogNotSettled(ILogger logger, Exception error, RunId runId);

    [LoggerMessage(1083, LogLevel.Error, "Run {RunId} is held: deciding on {Turn} failed {Count} times; retry or cancel the run")]
    private static partial void LogHeld(ILogger logger, RunId runId, int count, string turn);
}
