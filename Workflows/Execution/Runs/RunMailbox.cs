using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// One run's inputs, decided one after the other. What has gathered while a transition was on its way to the disk goes
/// together into the next one. The state is a draft of the journal: on a conflict or a failed append it is thrown away.
/// </summary>
internal sealed partial class RunMailbox(RunId run, RunDirectory directory) : IThreadPoolWorkItem
{
    private const int MostInTransition = 1000;

    // What is counted when the journal did not give or take something: no turn is called so.
    private const string Unreadable = "";

    private readonly Lock gate = new();
    private readonly Queue<Mail> waiting = new();
    private bool active;
    private bool retired;
    private LoadedRun? loaded;

    public RunId Run => run;

    /// <summary>Timestamp of the wall's clock.</summary>
    public long LastUsed { get; private set; }

    /// <summary>As last written; null when the run is not loaded.</summary>
    public RunSummary? Summary => loaded?.Summary;

    public bool IsIdle
    {
        get { lock (gate) return !active && waiting.Count == 0; }
    }

    /// <summary>Nothing is worth keeping in memory: the run has ended, or is not known.</summary>
    public bool IsSpent => (loaded is null && faults is null) || loaded is { State.IsEnded: true };

    /// <summary>False: this mailbox has left the directory; post to its successor.</summary>
    public bool TryPost(Mail mail)
    {
        lock (gate)
        {
            if (retired) return false;
            waiting.Enqueue(mail);
            if (active) return true;
            active = true;
            directory.Busy();
        }

        directory.Executor.Queue(this);
        return true;
    }

    public bool TryRetire()
    {
        lock (gate) return retired = !active && waiting.Count == 0;
    }

    public void Execute() => _ = DrainAsync();

    private async Task DrainAsync()
    {
        var batch = new List<Mail>();
        while (true)
        {
            batch.Clear();
            lock (gate)
            {
                while (batch.Count < MostInTransition && waiting.TryDequeue(out var mail)) batch.Add(mail);
                if (batch.Count == 0)
                {
                    active = false;
                    LastUsed = directory.Clocks.Wall.GetTimestamp();
                    break;
                }
            }

            await ProcessAsync(batch);
        }

        directory.Idle(this);
    }

    private async Task ProcessAsync(List<Mail> mails)
    {
        if (!directory.Map.Owns(run))
        {
            // The run went to another node between the post and now.
            loaded = null;
            foreach (var mail in mails) directory.Relay.Send(run, mail);
            return;
        }

        if (mails.Count > 1 && directory.Crashes.IsSuspect(run))
        {
            // So that a death tells on which it was.
            foreach (var mail in mails) await ProcessAsync([mail]);
            return;
        }

        try
        {
            if (loaded is null && mails[0] is StartMail start)
            {
                if (directory.Crashes.IsQuarantined(run)) start.Hold = directory.Crashes.Error(run);
                loaded = LoadedRun.Begin(run, start);
            }

            while (!await TryMoveOnAsync(mails))
            {
                EngineMetrics.Conflicts.Add(1);
                loaded = null;
            }

            // A start that was refused leaves no run behind.
            if (loaded is { Version: 0 })
            {
                EngineTrace.DropRun(run);
                loaded = null;
            }
        }
        catch (FencedException fenced)
        {
            // Another node has the run; this one is about to notice.
            loaded = null;
            foreach (var mail in mails) mail.Fail(fenced);
        }
        catch (Exception error)
        {
            // One that cannot be loaded cannot be loaded for any of them.
            var unknown = loaded is null;
            loaded = null;
            if (mails.Count == 1 && error is TurnFaultException fault)
            {
                await FailTurnAsync(mails[0], fault.InnerException!);
                return;
            }

            if (mails.Count == 1 || (unknown && error is not TurnFaultException))
            {
                var count = (faults ??= new TurnFaults()).Count(Unreadable);
                if (count == 1) LogFailed(directory.Logger, error, mails[0].GetType().Name, run);
                foreach (var mail in mails)
                {
                    // On the night's clock, which may be a thousand times as fast, it would come again at once.
                    if (mail is TimerMail) Later(mail, TurnFaults.Pause(count));
                    else mail.Fail(error);
                }

                return;
            }

            // One of them is the culprit: let each stand or fall by itself.
            foreach (var mail in mails) await ProcessAsync([mail]);
        }
    }

    /// <summary>Decides on all, and appends what follows. False: the journal has moved on, so decide again on what it says now.</summary>
    private async Task<bool> TryMoveOnAsync(List<Mail> mails)
    {
        loaded ??= await LoadedRun.LoadAsync(run, directory);
        if (loaded is not { } known)
        {
            var start = mails.FindIndex(mail => mail is StartMail);
            foreach (var mail in start < 0 ? mails : mails[..start]) mail.Answer(new StepError("run-not-found", $"There is no run {run}.") { Retryable = false });
            if (start < 0)
            {
                faults = null;
                return true;
            }

            mails.RemoveRange(0, start);
            known = loaded = LoadedRun.Begin(run, (StartMail)mails[0]);
        }

        // Counted back since: a decision was under way.
        mails.RemoveAll(mail => mail is HoldMail { Input.Error.Code: ErrorCodes.Quarantined } && !directory.Crashes.IsQuarantined(run));
        if (mails.Count == 0 || await RefuseAsync(known, mails)) return true;
        if (directory.Crashes.IsQuarantined(run) && known is { Version: > 0, State: { Held: null, IsEnded: false } }) mails.Insert(0, new HoldMail(directory.Crashes.Error(run)));

        using var span = RunTrace.Turn(known, mails);
        var now = directory.Clocks.Night.GetUtcNow();
        var decided = new RunTurn(known, directory, now);
        var (transition, summary) = await DecideAsync(decided, mails);
        if (transition is not null)
        {
            var begun = directory.Clocks.Wall.GetTimestamp();
            var appended = await Certainty.AppendAsync(transition, directory, Doubt);
            EngineTrace.Appended();
            EngineMetrics.AppendSeconds.Record(directory.Clocks.Wall.GetElapsedTime(begun).TotalSeconds);
            if (appended.Conflict) return false;

            known.Appended(transition, summary);
            await directory.Dispatcher.DispatchAsync(known, decided.Draft, transition, appended);
        }

        await SettleHoldAsync(known, decided, mails);
        await HandOutAgainAsync(known, decided.Redispatched);
        foreach (var (mail, refusal) in decided.Answers) mail.Answer(refusal);
        await known.SnapshotWhenDueAsync(directory);
        return true;

        // Nobody must wait for as long as the store is away.
        void Doubt(Exception error)
        {
            foreach (var mail in mails) mail.Doubt(error);
            lock (gate)
            {
                foreach (var mail in waiting) mail.Doubt(error);
            }
        }
    }

    /// <summary>Under a greater token, so that whoever had the task until now no longer counts.</summary>
    private async Task HandOutAgainAsync(LoadedRun known, List<PendingTask> tasks)
    {
        if (tasks.Count == 0) return;

        try
        {
            var again = tasks.ConvertAll(task => directory.Dispatcher.HandOut(run, task.Task, task.Token + 1));
            var mine = await directory.Journal.LeaseAsync(
                [.. again.Select((task, index) => new LeaseChange(run, task.Id, tasks[index].Token, task.Owner, task.Token, task.LeaseUntil))]);
            await directory.Dispatcher.SendAsync(known, [.. again.Where((_, index) => mine[index])]);
        }
        catch (Exception error) when (error is not FencedException)
        {
            // What was decided with it is durable all the same.
            LogNotHandedOut(directory.Logger, error, tasks.Count, run);
            foreach (var task in tasks) directory.Dispatcher.Keep(task);
        }
    }

    [LoggerMessage(1091, LogLevel.Warning, "{Count} tasks of run {RunId} could not be handed out again; the sweep tries it once more")]
    private static partial void LogNotHandedOut(ILogger logger, Exception error, int count, RunId runId);

    [LoggerMessage(1092, LogLevel.Error, "{Mail} for run {RunId} could not be decided or written; nothing changed")]
    private static partial void LogFailed(ILogger logger, Exception error, string mail, RunId runId);
}
