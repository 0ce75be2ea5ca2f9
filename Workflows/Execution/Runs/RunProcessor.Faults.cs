using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

// A decision that an exception ended is tried again after a pause; after three times the run is held, and waits for an operator.
internal sealed partial class RunProcessor
{
    private async Task FailAsync(RunActivation activation, List<Mail> mails, Exception error)
    {
        // One that cannot be loaded cannot be loaded for any of them.
        var unknown = activation.Loaded is null;
        activation.Loaded = null;
        if (mails.Count == 1 && error is TurnFaultException fault)
        {
            await FailTurnAsync(activation, mails[0], fault.InnerException!);
            return;
        }

        if (mails.Count == 1 || (unknown && error is not TurnFaultException))
        {
            var count = (activation.Faults ??= new TurnFaults()).Count(Unreadable);
            if (count == 1) LogFailed(error, mails[0].GetType().Name, activation.Run);
            foreach (var mail in mails)
            {
                // On the environment's clock, which may be a thousand times as fast, it would come again at once.
                if (mail is TimerMail) PostLater(activation.Run, mail, TurnFaults.Pause(count));
                else mail.Fail(error);
            }

            return;
        }

        // One of them is the culprit: let each stand or fall by itself.
        foreach (var mail in mails) await ProcessAsync(activation, [mail]);
    }

    private async Task FailTurnAsync(RunActivation activation, Mail mail, Exception error)
    {
        EngineMetrics.TurnFaults.Add(1);
        var run = activation.Run;
        var count = (activation.Faults ??= new TurnFaults()).Count(mail.Turn);
        if (count == 1) LogFault(error, mail.Turn, run);

        var problem = TurnFaults.Error(mail, error);
        switch (mail)
        {
            case HoldMail or StartMail { Hold: not null }:
                mail.Fail(error);
                break;
            case StartMail start:
                // Somebody waits for an answer, and the run is not there yet to be tried again.
                start.Hold = problem;
                await ProcessAsync(activation, [mail]);
                break;
            case RequestMail when count < TurnFaults.Most:
                mail.Answer(problem);
                break;
            case FactMail when count < TurnFaults.Most:
                // A worker sends its fact again by itself.
                mail.Fail(error);
                break;
            case var _ when count < TurnFaults.Most:
                PostLater(run, mail, TurnFaults.Pause(count));
                break;
            case var _ when count % TurnFaults.Most == 0 && await HoldAsync(activation, mail, problem, count):
                // It waits with all the others now, or is refused.
                await ProcessAsync(activation, [mail]);
                break;
            case RequestMail:
                mail.Answer(problem);
                break;
            default:
                PostLater(run, mail, TurnFaults.Pause(count));
                break;
        }
    }

    /// <summary>False: not even that could be done now.</summary>
    private async Task<bool> HoldAsync(RunActivation activation, Mail mail, StepError problem, int count)
    {
        LogHeld(activation.Run, count, mail.Turn);
        await ProcessAsync(activation, [new HoldMail(problem)]);
        return activation.Loaded?.State.Held is not null;
    }

    private async void PostLater(RunId run, Mail mail, TimeSpan pause)
    {
        await Task.Delay(pause, clocks.Wall);
        router.Post(run, mail);
    }

    /// <summary>They were decided on, and what followed is durable.</summary>
    private static void ForgetFaults(RunActivation activation, List<Mail> mails)
    {
        if (activation.Faults is not { } faults) return;

        faults.Forget(Unreadable);
        foreach (var mail in mails) faults.Forget(mail.Turn);
        if (faults.IsEmpty) activation.Faults = null;
    }

    [LoggerMessage(1092, LogLevel.Error, "{Mail} for run {RunId} could not be decided or written; nothing changed")]
    private partial void LogFailed(Exception error, string mail, RunId runId);

    [LoggerMessage(1081, LogLevel.Error, "Deciding on {Turn} of run {RunId} failed; nothing changed, and it is tried again")]
    private partial void LogFault(Exception error, string turn, RunId runId);

    [LoggerMessage(1083, LogLevel.Error, "Run {RunId} is held: deciding on {Turn} failed {Count} times; retry or cancel the run")]
    private partial void LogHeld(RunId runId, int count, string turn);
}
