using System.Collections.Immutable;
using Orchestrator.Server.Projections;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Schedules;
using Orchestrator.Server.Work;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Emergency;

/// <summary>What an emergency holds back until a person releases it.</summary>
/// <param name="Runs">Paused while they waited for its locks.</param>
/// <param name="Triggers">Paused: their fires start nothing.</param>
/// <param name="Emergencies">The emergency runs that hold them.</param>
/// <param name="Running">One of these runs is still under way; nothing is released before it has ended.</param>
internal sealed record HeldBack(IReadOnlyList<HeldRun> Runs, IReadOnlyList<HeldTrigger> Triggers, IReadOnlyList<string> Emergencies, bool Running)
{
    public static HeldBack Nothing { get; } = new([], [], [], false);

    public int Count => Runs.Count + Triggers.Count;
}

internal sealed record HeldRun(string Run, string Runbook, string StartedBy, DateTimeOffset Since, string? Reason);

internal sealed record HeldTrigger(string Trigger, string Runbook, DateTimeOffset Since, string Reason);

/// <summary>
/// After an emergency run nothing begins by itself on what it took down: runs that wait for its locks and triggers that want them are paused
/// as soon as it has started, however it was started, and stay so until a person releases them.
/// </summary>
internal sealed partial class EmergencyHold(
    Engine engine, OpenWork openWork, Workflows.Scheduling.Schedules schedules, ScheduleAdmin admin, RunbookCatalog catalog, PublishedVersions published, ProjectionSet projections,
    ILogger<EmergencyHold> logger)
    : BackgroundService
{
    /// <summary>A pause of a run or trigger that an emergency run made is by this and the run's id, as a start by a trigger is by the trigger.</summary>
    private const string By = "emergency ";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>What is held back now.</summary>
    public async Task<HeldBack> ReadAsync(CancellationToken cancellationToken)
    {
        var runs = await openWork.ReadAsync(
            all => all.Where(run => run.Paused is { } paused && paused.By.By.StartsWith(By, StringComparison.Ordinal))
                .Select(run => (run.Paused!.Value.By.By, Held: new HeldRun(run.Run.ToString(), run.Started.Runbook, run.Started.StartedBy, run.Paused.Value.At, run.Paused.Value.By.Reason)))
                .OrderBy(pair => pair.Held.Since).ToList(),
            cancellationToken);
        var triggers = await TriggersAsync(cancellationToken);
        if (runs.Count == 0 && triggers.Count == 0)
        {
            return HeldBack.Nothing;
        }

        var emergencies = runs.Select(pair => pair.By).Concat(triggers.Select(view => view.Pause!.By)).Distinct().Select(by => by[By.Length..]).Order(StringComparer.Ordinal).ToList();
        var running = false;
        foreach (var id in emergencies)
        {
            running |= Guid.TryParse(id, out var run) && await engine.FindAsync(new RunId(run), cancellationToken) is { Ended: false };
        }

        return new HeldBack(
            [.. runs.Select(pair => pair.Held)],
            [.. triggers.Select(view => new HeldTrigger(view.Trigger.Id.Value, view.Trigger.Runbook, view.Pause!.At, view.Pause.Reason))], emergencies, running);
    }

    /// <summary>Lets go on what is held back, or drops it. What a person paused stays paused.</summary>
    /// <param name="drop">Runs are cancelled: they have only waited, so nothing of theirs is in place. Triggers go on either way; what came while they were paused is not made up for.</param>
    public async Task LetGoAsync(HeldBack held, bool drop, Decider by, string reason, CancellationToken cancellationToken)
    {
        foreach (var trigger in held.Triggers)
        {
            // Somebody else may have released it just now; then it is as it should be.
            await admin.ResumeAsync(new TriggerId(trigger.Trigger), by, reason, cancellationToken);
        }

        foreach (var run in held.Runs)
        {
            await engine.RequestAsync(new RunId(Guid.Parse(run.Run)), drop ? new CancelRun(by.Name, reason) : new ResumeRun(by.Name), cancellationToken);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => projections.EmergencyHold.WatchAsync(FollowAsync(stoppingToken), stoppingToken);

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        if (engine.ReadOnly)
        {
            return;
        }

        // Read before the runs: one that starts in between is held for twice, which changes nothing.
        var from = engine.Position;
        foreach (var run in (await engine.ListAsync(new RunQuery { Open = true, Lane = Lane.Emergency, RootsOnly = true, Limit = 100 }, stoppingToken)).Runs)
        {
            await HoldAsync(run.Run, run.Digest, run.StartedBy, stoppingToken);
        }

        projections.EmergencyHold.Reach(from);
        await foreach (var entry in engine.WatchAsync(from, cancellationToken: stoppingToken))
        {
            if (entry.Events is [RunStarted { Lane: Lane.Emergency, Parent: null } started, ..])
            {
                await HoldAsync(entry.Run, started.Digest, started.StartedBy, stoppingToken);
            }

            projections.EmergencyHold.Reach(entry.Position);
        }
    }

    /// <summary>Holds back what wants the emergency run's locks; tried again until it is done.</summary>
    private async Task HoldAsync(RunId emergency, string digest, string startedBy, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryHoldAsync(emergency, digest, startedBy, cancellationToken);
                return;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                projections.EmergencyHold.Fail(error);
                LogTryAgain(emergency, attempt, error);
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task TryHoldAsync(RunId emergency, string digest, string startedBy, CancellationToken cancellationToken)
    {
        if (await engine.FindRunbookAsync(digest, cancellationToken) is not { } runbook)
        {
            return;
        }

        await published.RefreshAsync(cancellationToken);
        var child = DueTriggers.Child(catalog);
        var taken = WantedLocks.Of(runbook, child);
        var by = new Decider($"{By}{emergency}", []);
        var reason = $"{startedBy} started {runbook.Name}; held back until somebody releases it";
        foreach (var waiting in (await engine.LocksAsync(cancellationToken)).Where(view => !view.Held && view.Run != emergency).DistinctBy(view => view.Run))
        {
            if (WantedLocks.Overlapping(waiting.Resources, taken).Any() && await engine.FindAsync(waiting.Run, cancellationToken) is { Lane: Lane.Normal, Ended: false, Status: not RunStatus.Paused } run
                && await engine.RequestAsync(run.Run, new PauseRun(by.Name, reason), cancellationToken) is null)
            {
                LogHeldRun(run.Run, run.Runbook, emergency);
            }
        }

        foreach (var view in await schedules.ListAsync(0, 0, cancellationToken))
        {
            if (view.Pause is null && child(view.Trigger.Runbook) is { Lane: Lane.Normal } triggered && WantedLocks.Overlapping(WantedLocks.Of(triggered, child), taken).Any()
                && await admin.PauseAsync(view.Trigger.Id, by, reason, cancellationToken) is null)
            {
                LogHeldTrigger(view.Trigger.Id, emergency);
            }
        }
    }

    private async Task<ImmutableArray<TriggerView>> PausedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await schedules.ListAsync(0, 0, cancellationToken);
        }
        catch (SchedulesUnavailableException)
        {
            return [];
        }
    }

    private async Task<List<TriggerView>> TriggersAsync(CancellationToken cancellationToken) =>
        [.. (await PausedAsync(cancellationToken)).Where(view => view.Pause is { } pause && pause.By.StartsWith(By, StringComparison.Ordinal))];

    [LoggerMessage(EventId = 9021, Level = LogLevel.Warning, Message = "Run {RunId} of {Runbook} waits for locks of the emergency run {Emergency}; it is paused until a person releases it")]
    private partial void LogHeldRun(RunId runId, string runbook, RunId emergency);

    [LoggerMessage(EventId = 9022, Level = LogLevel.Warning, Message = "Trigger {Trigger} wants locks of the emergency run {Emergency}; it is paused until a person releases it")]
    private partial void LogHeldTrigger(TriggerId trigger, RunId emergency);

    [LoggerMessage(EventId = 9023, Level = LogLevel.Warning, Message = "What waits for the locks of the emergency run {Emergency} could not be held back at attempt {Attempt}; it is tried again")]
    private partial void LogTryAgain(RunId emergency, int attempt, Exception error);
}
