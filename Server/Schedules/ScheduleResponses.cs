using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

internal sealed record FreezeNameResponse(string Id, string Name)
{
    public static IReadOnlyList<FreezeNameResponse> Of(IEnumerable<FreezeName> names) => [.. names.Select(name => new FreezeNameResponse(name.Id.ToString(), name.Name))];
}

/// <summary>A fire to come. Times are on the environment clock.</summary>
/// <param name="Expected">What it will come to as things stand: fired, overridden, blocked or paused.</param>
/// <param name="Windows">The freeze windows that are against it.</param>
/// <param name="Overrides">The overrides that let it pass them.</param>
internal sealed record PlannedResponse(DateTimeOffset At, string Expected, IReadOnlyList<FreezeNameResponse> Windows, IReadOnlyList<string> Overrides)
{
    public static PlannedResponse Of(PlannedFire fire) =>
        new(fire.At, Words.Of(fire.Expected), FreezeNameResponse.Of(fire.Windows), [.. fire.Overrides.Select(id => id.ToString())]);
}

/// <summary>What became of a fire.</summary>
/// <param name="Outcome">fired, overridden, skipped, blocked, paused or failed.</param>
/// <param name="RunStatus">State of the run now; null when none started or it is forgotten.</param>
/// <param name="Missed">Earlier fires that were missed while nothing was running, and that this one stands for.</param>
/// <param name="Server">The node that decided it.</param>
internal sealed record FireResponse(
    string Trigger, DateTimeOffset Scheduled, DateTimeOffset DecidedAt, string Outcome, string? Run, string? RunStatus,
    IReadOnlyList<FreezeNameResponse> Windows, IReadOnlyList<string> Overrides, int Missed, string Server, string? Detail)
{
    public static FireResponse Of(Fire fire, string? runStatus) => new(
        fire.Trigger.Value, fire.Scheduled, fire.DecidedAt, Words.Of(fire.Outcome), fire.Run?.ToString(), runStatus,
        FreezeNameResponse.Of(fire.Windows), [.. fire.Overrides.Select(id => id.ToString())], fire.Missed, fire.Server, fire.Detail);
}

internal sealed record PauseResponse(string By, DateTimeOffset At, string Reason);

/// <summary>A trigger with what it did and what it will do.</summary>
/// <param name="Misfire">fire-once or skip.</param>
/// <param name="Paused">Who pauses it; null: nobody.</param>
/// <param name="Error">Why it cannot fire on this machine; null when it can.</param>
internal sealed record ScheduleResponse(
    string Id, string Runbook, string Cron, string TimeZone, string Misfire, DateTimeOffset Since, PauseResponse? Paused, string? Error,
    IReadOnlyList<PlannedResponse> Next, IReadOnlyList<FireResponse> Last);

/// <summary>Whether triggers fire in this process.</summary>
/// <param name="State">off, starting, running, unavailable or stopped.</param>
/// <param name="Simulated">True: they fire on a simulated night's clock.</param>
internal sealed record ScheduleStatusResponse(string State, string? Reason, DateTimeOffset Now, bool Simulated, double Speed);

internal sealed record ScheduleActionResponse(string Id, string Action, string By);

/// <summary>One stretch of a window: absolute with two times, or recurring with times of day, days and a time zone.</summary>
/// <param name="Kind">absolute or recurring.</param>
/// <param name="From">ISO 8601 with offset, or HH:mm.</param>
/// <param name="To">Not included; a time of day that is not after <paramref name="From"/> is the next day's.</param>
/// <param name="Days">Days on which it begins, as in monday; empty or left out: every day.</param>
internal sealed record FreezeRangeResponse(string Kind, string From, string To, IReadOnlyList<string>? Days = null, string? TimeZone = null);

/// <summary>A freeze window.</summary>
/// <param name="Kind">block: nothing fires within its ranges; allow-only: only within them.</param>
/// <param name="Runbooks">Whose triggers it holds back; empty: all.</param>
/// <param name="Removal">That somebody has asked for and nobody has decided about; the window counts.</param>
internal sealed record FreezeResponse(
    string Id, string Name, string Kind, IReadOnlyList<FreezeRangeResponse> Ranges, IReadOnlyList<string> Runbooks, string Reason, string CreatedBy, DateTimeOffset CreatedAt,
    string? RemovedBy, DateTimeOffset? RemovedAt, string? RemovedBecause, RemovalResponse? Removal)
{
    public static FreezeResponse Of(FreezeWindow window, FreezeRemoval? removal = null) => new(
        window.Id.ToString(), window.Name, Words.Of(window.Kind), [.. window.Ranges.Select(FreezeForm.Show)], window.Runbooks, window.Reason,
        window.CreatedBy, window.CreatedAt, window.RemovedBy, window.RemovedAt, window.RemovedBecause, removal is null ? null : RemovalResponse.Of(removal));
}

/// <summary>Somebody asked to remove a freeze window.</summary>
/// <param name="Freeze">The window's id.</param>
/// <param name="Status">requested, approved or rejected.</param>
internal sealed record RemovalResponse(
    string Id, string Freeze, string Reason, string RequestedBy, DateTimeOffset RequestedAt, string Status, string? DecidedBy, string? DecidedAs, DateTimeOffset? DecidedAt, string? Comment)
{
    public static RemovalResponse Of(FreezeRemoval removal) => new(
        removal.Id.ToString("D"), removal.Freeze.ToString(), removal.Reason, removal.RequestedBy, removal.RequestedAt, Words.Of(removal.Status),
        removal.DecidedBy, removal.DecidedAs, removal.DecidedAt, removal.Comment);
}

/// <summary>An override.</summary>
/// <param name="Freeze">The window's id.</param>
/// <param name="Fire">The only fire it is for; null: all until it expires.</param>
/// <param name="Status">requested, approved, rejected or expired.</param>
internal sealed record OverrideResponse(
    string Id, string Trigger, string Freeze, DateTimeOffset? Fire, string Reason, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, string Status,
    string? DecidedBy, string? DecidedAs, DateTimeOffset? DecidedAt, string? Comment)
{
    public static OverrideResponse Of(FreezeOverride asked, DateTimeOffset now) => new(
        asked.Id.ToString(), asked.Trigger.Value, asked.Freeze.ToString(), asked.Fire, asked.Reason, asked.RequestedBy, asked.RequestedAt, asked.ExpiresAt,
        asked.Status != OverrideStatus.Rejected && asked.ExpiresAt <= now ? "expired" : Words.Of(asked.Status), asked.DecidedBy, asked.DecidedAs, asked.DecidedAt, asked.Comment);
}

/// <summary>One fire on a calendar.</summary>
/// <param name="Past">True: this is what it came to; false: what it will come to as things stand.</param>
internal sealed record CalendarFire(
    DateTimeOffset At, string Trigger, string Runbook, bool Past, string Outcome, string? Run, IReadOnlyList<FreezeNameResponse> Windows, IReadOnlyList<string> Overrides, int Missed, string? Detail);

internal sealed record CalendarFreeze(string Id, string Name, string Kind, DateTimeOffset From, DateTimeOffset To);

/// <summary>What a calendar shows.</summary>
/// <param name="Truncated">Triggers that fire so often that only their first 1,000 fires to come are here.</param>
internal sealed record CalendarResponse(
    DateTimeOffset From, DateTimeOffset To, DateTimeOffset Now, IReadOnlyList<CalendarFire> Fires, IReadOnlyList<CalendarFreeze> Freezes, IReadOnlyList<string> Truncated)
{
    public static CalendarResponse Of(ScheduleCalendar calendar, DateTimeOffset now) => new(
        calendar.Time.From, calendar.Time.To, now,
        [
            .. calendar.Past.Select(fire => new CalendarFire(
                fire.Scheduled, fire.Trigger.Value, fire.Trigger.Runbook, true, Words.Of(fire.Outcome), fire.Run?.ToString(), FreezeNameResponse.Of(fire.Windows),
                [.. fire.Overrides.Select(id => id.ToString())], fire.Missed, fire.Detail)),
            .. calendar.Planned.Select(fire => new CalendarFire(
                fire.At, fire.Trigger.Value, fire.Runbook, false, Words.Of(fire.Expected), null, FreezeNameResponse.Of(fire.Windows),
                [.. fire.Overrides.Select(id => id.ToString())], 0, null)),
        ],
        [.. calendar.Freezes.Select(stretch => new CalendarFreeze(
            stretch.Window.Id.ToString(), stretch.Window.Name, Words.Of(stretch.Window.Kind), stretch.Time.From, stretch.Time.To))],
        [.. calendar.Truncated.Select(id => id.Value)]);
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReasonRequest(string? Reason);

/// <summary>A freeze window to add; see <see cref="FreezeRangeResponse"/> for its ranges.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record FreezeRequest(string? Name, string? Kind, IReadOnlyList<FreezeRangeResponse>? Ranges, IReadOnlyList<string>? Runbooks, string? Reason);

/// <param name="Freeze">Id or name of the window.</param>
/// <param name="Fire">The only fire it is to be for; left out: all until it expires.</param>
/// <param name="ExpiresAt">Left out: an hour after the fire, or a day from now; at most 14 days.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record OverrideRequest(string? Trigger, string? Freeze, DateTimeOffset? Fire, DateTimeOffset? ExpiresAt, string? Reason);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record OverrideDecisionRequest(string? Comment);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<ScheduleResponse>))]
[JsonSerializable(typeof(Page<FireResponse>))]
[JsonSerializable(typeof(Page<DueTrigger>))]
[JsonSerializable(typeof(Page<FreezeResponse>))]
[JsonSerializable(typeof(RemovalResponse))]
[JsonSerializable(typeof(Page<OverrideResponse>))]
[JsonSerializable(typeof(ScheduleStatusResponse))]
[JsonSerializable(typeof(ScheduleActionResponse))]
[JsonSerializable(typeof(CalendarResponse))]
[JsonSerializable(typeof(ReasonRequest))]
[JsonSerializable(typeof(FreezeRequest))]
[JsonSerializable(typeof(OverrideRequest))]
[JsonSerializable(typeof(OverrideDecisionRequest))]
internal sealed partial class SchedulesJson : JsonSerializerContext;
