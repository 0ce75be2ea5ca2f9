using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Execution;

// A decision that an exception ended is tried again after a pause; after three times the run is held, and waits for an operator.
internal sealed partial class RunMailbox
{
    private async Task FailTurnAsync(Mail mail, Exception error)
    {
        EngineMetrics.TurnFaults.Add(1);
        var count = (faults ??= new TurnFaults()).Count(mail.Turn);
        if (count == 1) LogFault(directory.Logger, error, mail.Turn, run);
        if (mail is HoldMail)
        {
            mail.Fail(error);
            return;
        }

        var problem = TurnFaults.Error(run, mail, error);
        if (mail is StartMail { Hold: null } start)
        {
            // Somebody waits for an answer, and the run is not there yet to be tried again.
            start.Hold = problem;
            await ProcessAsync([mail]);
        }
        else if (count < TurnFaults.Most)
        {
            if (mail is RequestMail) mail.Answer(problem);
            // A worker sends its fact again by itself.
            else if (mail is FactMail) mail.Fail(error);
            else Later(mail, TurnFaults.Pause(count));
        }
        else
        {
            LogHeld(directory.Logger, run, count, mail.Turn);
            faults.Clear();
            await ProcessAsync([new HoldMail(problem)]);
            // It waits with all the others now, or is refused.
            await ProcessAsync([mail]);
        }
    }

    private async void Later(Mail mail, TimeSpan pause)
    {
        await Task.Delay(pause, directory.Clocks.Wall);
        directory.Post(run, mail);
    }

    /// <summary>What a decision means for the hold of its run, once it is durable.</summary>
    private async Task SettleHoldAsync(LoadedRun known, RunTurn decided, List<Mail> mails)
    {
        if (known.State.Held is { } held)
        {
            if (directory.Held.TryAdd(run, held.Code)) EngineMetrics.RunsHeld.Add(1, new KeyValuePair<string, object?>("code", held.Code));
        }
        else if (!directory.Held.IsEmpty)
        {
            directory.Held.TryRemove(run, out _);
        }

        if (faults is not null)
        {
            foreach (var mail in mails) faults.Forget(mail.Turn);
            if (faults.IsEmpty) faults = null;
        }

        if (decided.Withheld.Count > 0) (withheld ??= []).AddRange(decided.Withheld);
        if (decided.Parked.Count > 0)
        {
            var until = directory.Clocks.Wall.GetUtcNow() + TurnFaults.ParkedFor;
            await directory.Journal.LeaseAsync([.. decided.Parked.Select(task => new LeaseChange(run, task.Id, task.Token, "", task.Token, until))]);
        }

        if (directory.Crashes.IsSuspect(run))
        {
            if (known.State.IsEnded) await directory.Crashes.ForgetAsync(run);
            else if (decided.Lifted) await directory.Crashes.LiftAsync(run);
            else if (known.State.Held is null) foreach (var mail in mails) await directory.Crashes.SurvivedAsync(run, mail.Turn);
        }

        if (decided.Lifted) await GoOnAsync(known);
    }

    /// <summary>What a held run did not decide on comes again.</summary>
    private async Task GoOnAsync(LoadedRun known)
    {
        var now = directory.Clocks.Night.GetUtcNow();
        foreach (var timer in known.State.PendingTimers())
        {
            if (timer.Due <= now) directory.Dispatcher.Timers.Repeat(new PendingTimer(run, timer.Timer, timer.Due));
        }

        foreach (var mail in withheld ?? []) directory.Post(run, mail);
        withheld = null;
        var parkedFrom = directory.Clocks.Wall.GetUtcNow();
        foreach (var task in await directory.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, CancellationToken.None))
        {
            if (task.Run == run && (task.LeaseUntil <= parkedFrom || (task.Owner.Length == 0 && task.LeaseUntil > parkedFrom + TurnFaults.ParkedFor / 2))) directory.Post(run, new RedispatchMail(task));
        }
    }

    [LoggerMessage(LogLevel.Error, "Deciding on {Turn} of run {RunId} failed; nothing changed, and it is tried again")]
    private static partial void LogFault(ILogger logger, Exception error, string turn, RunId runId);

    [LoggerMessage(LogLevel.Error, "Run {RunId} is held: deciding on {Turn} failed {Count} times; an operator lifts it with runs retry")]
    private static partial void LogHeld(ILogger logger, RunId runId, int count, string turn);
}

/// <summary>An exception ended a decision; nothing of it was written.</summary>
internal sealed class TurnFaultException(Exception inner) : Exception(inner.Message, inner);

/// <summary>How often in a row each input of one run could not be decided on.</summary>
internal sealed class TurnFaults
{
    /// <summary>So often; then the run is held.</summary>
    public const int Most = 3;

    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>How long a task of a held run is kept from workers before it is looked at again.</summary>
    public static TimeSpan ParkedFor { get; } = TimeSpan.FromHours(1);

    public bool IsEmpty => counts.Count == 0;

    public int Count(string turn) => counts[turn] = counts.GetValueOrDefault(turn) + 1;

    public void Forget(string turn) => counts.Remove(turn);

    public void Clear() => counts.Clear();

    /// <summary>On the system clock: half a second, then two.</summary>
    public static TimeSpan Pause(int count) => TimeSpan.FromMilliseconds(500 * Math.Pow(4, count - 1));

    public static StepError Error(RunId run, Mail mail, Exception error) => new(
        ErrorCodes.EngineFault,
        string.Create(CultureInfo.InvariantCulture, $"Deciding on {mail.Turn} failed: {error.GetType().Name}: {error.Message} Mend the cause and go on with `runs retry {run}`, or give the run up with `runs cancel {run} --force`.")) { Retryable = false };
}
