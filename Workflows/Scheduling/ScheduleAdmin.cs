using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>Somebody who decides about schedules.</summary>
public sealed record Decider(string Name, ImmutableArray<string> Roles);

/// <summary>What came of a request: the thing, or why it cannot be.</summary>
public sealed record Decided<T>(T? Value, StepError? Refusal = null) where T : class
{
    public static implicit operator Decided<T>(T value) => new(value);

    public static implicit operator Decided<T>(StepError refusal) => new(null, refusal);
}

/// <summary>
/// Takes what people decide about schedules. Everything is recorded with who, when and why. Refusals: <c>role-missing</c>,
/// <c>four-eyes</c>, and what the state does not allow.
/// </summary>
public sealed partial class ScheduleAdmin
{
    /// <summary>An override that names no end lasts so long after its fire, or from now.</summary>
    private static readonly TimeSpan afterFire = TimeSpan.FromHours(1);
    private static readonly TimeSpan fromNow = TimeSpan.FromDays(1);

    private readonly ScheduleStore store;
    private readonly TimeProvider environmentClock;
    private readonly ILogger logger;

    internal ScheduleAdmin(ScheduleStore store, Clocks clocks, ILogger<ScheduleAdmin> logger) => (this.store, environmentClock, this.logger) = (store, clocks.EnvironmentClock, logger);

    /// <summary>Roles that may approve overrides, and remove freeze windows, and may add these.</summary>
    public static ImmutableArray<string> Approvers { get; } = ["commander", "change-approver"];

    /// <summary>The longest that an override may last: 14 days.</summary>
    public static TimeSpan LongestOverride { get; } = TimeSpan.FromDays(14);

    /// <summary>Null: done. Its fires are recorded as paused until it goes on.</summary>
    public async Task<StepError?> PauseAsync(TriggerId trigger, Decider by, string reason, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        if (!await tables.Pauses.PauseAsync(new TriggerPause(trigger, by.Name, environmentClock.GetUtcNow(), reason), cancellationToken))
        {
            return new StepError("already-paused", $"{trigger} is paused already.");
        }

        LogPaused(trigger, by.Name, reason);
        return null;
    }

    /// <summary>Null: done. What came while it was paused is not made up for.</summary>
    public async Task<StepError?> ResumeAsync(TriggerId trigger, Decider by, string reason, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        if (!await tables.Pauses.ResumeAsync(trigger, by.Name, environmentClock.GetUtcNow(), reason, cancellationToken)) return new StepError("not-paused", $"{trigger} is not paused.");

        LogResumed(trigger, by.Name, reason);
        return null;
    }

    /// <param name="window">With the id, the creator and the time of the call filled in here.</param>
    public async Task<Decided<FreezeWindow>> AddFreezeAsync(FreezeWindow window, Decider by, CancellationToken cancellationToken = default)
    {
        if (RoleOf(by) is null) return RoleMissing("adds a freeze window");

        var now = environmentClock.GetUtcNow();
        window = window with { Id = new FreezeId(Guid.CreateVersion7(now)), CreatedBy = by.Name, CreatedAt = now };
        var tables = await store.OpenAsync(cancellationToken);
        if (!await tables.Freezes.AddAsync(window, cancellationToken)) return new StepError("name-taken", $"There is a freeze window {window.Name} already; remove it, or give this one another name.");

        LogFreezeAdded(window.Name, by.Name, window.Reason);
        return window;
    }

    /// <summary>Asks that a window be removed. It counts until somebody else has approved that.</summary>
    public async Task<Decided<FreezeRemoval>> RequestRemovalAsync(FreezeWindow window, Decider by, string reason, CancellationToken cancellationToken = default)
    {
        if (RoleOf(by) is null) return RoleMissing("removes a freeze window");

        var now = environmentClock.GetUtcNow();
        var asked = new FreezeRemoval(Guid.CreateVersion7(now), window.Id, reason, by.Name, now);
        var tables = await store.OpenAsync(cancellationToken);
        if (!await tables.Removals.AddAsync(asked, cancellationToken))
        {
            var other = (await tables.Removals.FindOpenAsync(window.Id, cancellationToken))?.RequestedBy ?? "Somebody";
            return new StepError("asked-before", $"{other} has asked to remove freeze window {window.Name} already; somebody else than {other} approves it.");
        }

        LogRemovalAsked(window.Name, by.Name, reason);
        return asked;
    }

    /// <summary>Approves or rejects the removal that was asked for; approved, the window is gone. A null result with no refusal: nobody has asked.</summary>
    public async Task<Decided<FreezeRemoval>> DecideRemovalAsync(FreezeWindow window, bool approve, Decider by, string? comment, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        if (await tables.Removals.FindOpenAsync(window.Id, cancellationToken) is not { } asked) return new(null);

        if (RoleOf(by) is not { } role) return RoleMissing("decides about the removal of a freeze window");

        // To take one's own request back needs nobody else.
        if (approve && FourEyes.Check(asked.RequestedBy, by.Name, null, []) == EyesConflict.OwnRequest)
            return new StepError("four-eyes", $"{by.Name} asked to remove this freeze window; somebody else approves it.");

        var decided = asked with { Status = approve ? RemovalStatus.Approved : RemovalStatus.Rejected, DecidedBy = by.Name, DecidedAs = role, DecidedAt = environmentClock.GetUtcNow(), Comment = comment };
        if (!await tables.Removals.DecideAsync(decided, cancellationToken)) return new StepError("decided-before", "Somebody else has just decided about it.");

        LogRemovalDecided(window.Name, decided.Status, by.Name);
        return decided;
    }

    /// <param name="fire">The only fire it is to be for; null: all until it expires.</param>
    /// <param name="expiresAt">Null: an hour after the fire, or a day from now.</param>
    public async Task<Decided<FreezeOverride>> RequestOverrideAsync(
        ScheduledTrigger trigger, FreezeId freeze, DateTimeOffset? fire, DateTimeOffset? expiresAt, string reason, Decider by, CancellationToken cancellationToken = default)
    {
        var now = environmentClock.GetUtcNow();
        if (fire is { } at && (at <= now || CronSchedule.TryCreate(trigger, out _) is not { } schedule || schedule.LatestAt(at) != at))
        {
            return new StepError("no-such-fire", $"{trigger.Id} does not fire at {at:yyyy-MM-ddTHH:mm:ssK} any more; schedules list shows its next fires.");
        }

        var expires = expiresAt ?? (fire ?? now) + (fire is null ? fromNow : afterFire);
        if (expires <= (fire ?? now)) return new StepError("expires-too-early", fire is null ? "It would have expired already; give a later time." : "It would expire before the fire that it is for; give a later time.");

        if (expires > now + LongestOverride) return new StepError("expires-too-late", $"An override lasts at most {LongestOverride.TotalDays:0} days; change the freeze window instead.");

        var asked = new FreezeOverride(new OverrideId(Guid.CreateVersion7(now)), trigger.Id, freeze, fire, reason, by.Name, now, expires);
        await (await store.OpenAsync(cancellationToken)).Overrides.AddAsync(asked, cancellationToken);
        LogOverrideAsked(asked.Id, trigger.Id, by.Name, reason);
        return asked;
    }

    /// <summary>Approves or rejects; a null result with no refusal: there is no such override.</summary>
    public async Task<Decided<FreezeOverride>> DecideOverrideAsync(OverrideId id, bool approve, Decider by, string? comment, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        if (await tables.Overrides.FindAsync(id, cancellationToken) is not { } asked) return new(null);

        if (RoleOf(by) is not { } role) return RoleMissing("decides about an override");

        if (FourEyes.Check(asked.RequestedBy, by.Name, null, []) == EyesConflict.OwnRequest) return new StepError("four-eyes", $"{by.Name} asked for this override; somebody else decides about it.");

        var now = environmentClock.GetUtcNow();
        if (asked.Status != OverrideStatus.Requested || asked.ExpiresAt <= now) return new StepError("decided-before", asked.ExpiresAt <= now ? "The override has expired; ask for a new one." : $"{asked.DecidedBy} has decided about it.");

        var decided = asked with { Status = approve ? OverrideStatus.Approved : OverrideStatus.Rejected, DecidedBy = by.Name, DecidedAs = role, DecidedAt = now, Comment = comment };
        if (!await tables.Overrides.DecideAsync(decided, cancellationToken)) return new StepError("decided-before", "Somebody else has just decided about it.");

        LogOverrideDecided(id, decided.Status, by.Name);
        return decided;
    }

    private static string? RoleOf(Decider by) => Approvers.FirstOrDefault(role => by.Roles.Contains(role));

    private static StepError RoleMissing(string what) => new("role-missing", $"Only a {string.Join(" or a ", Approvers)} {what}.");

    [LoggerMessage(EventId = 4001, Level = LogLevel.Information, Message = "{Trigger} is paused by {Person}: {Reason}")]
    private partial void LogPaused(TriggerId trigger, string person, string reason);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Information, Message = "{Trigger} goes on, says {Person}: {Reason}")]
    private partial void LogResumed(TriggerId trigger, string person, string reason);

    [LoggerMessage(EventId = 4003, Level = LogLevel.Information, Message = "Freeze window {Freeze} is added by {Person}: {Reason}")]
    private partial void LogFreezeAdded(string freeze, string person, string reason);

    [LoggerMessage(EventId = 4004, Level = LogLevel.Information, Message = "The removal of freeze window {Freeze} is asked for by {Person}: {Reason}")]
    private partial void LogRemovalAsked(string freeze, string person, string reason);

    [LoggerMessage(EventId = 4005, Level = LogLevel.Information, Message = "The removal of freeze window {Freeze} is {Status} by {Person}")]
    private partial void LogRemovalDecided(string freeze, RemovalStatus status, string person);

    [LoggerMessage(EventId = 4006, Level = LogLevel.Information, Message = "Override {Override} for {Trigger} is asked for by {Person}: {Reason}")]
    private partial void LogOverrideAsked(OverrideId @override, TriggerId trigger, string person, string reason);

    [LoggerMessage(EventId = 4007, Level = LogLevel.Information, Message = "Override {Override} is {Status} by {Person}")]
    private partial void LogOverrideDecided(OverrideId @override, OverrideStatus status, string person);
}
