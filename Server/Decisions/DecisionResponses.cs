using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Schedules;

namespace Orchestrator.Server.Decisions;

/// <summary>Something that waits for people's decision, of whatever kind. Times are on the environment clock.</summary>
/// <param name="Kind">approval (a run's step asks), incident (a step failed and waits for an operator), emergency-plan, freeze-override or freeze-removal; the member of that name says more.</param>
/// <param name="Id">Of the thing; of an approval and an incident its run and path, with a blank between.</param>
/// <param name="Subject">The runbook, trigger or freeze window that it is about; of an emergency plan the fleet.</param>
/// <param name="By">Who asks: started the run, made the plan, or asked for it.</param>
/// <param name="Deadline">Until when it can be decided; null: as long as it waits.</param>
/// <param name="Roles">Any of these may decide.</param>
/// <param name="Missing">Approvals that are still needed.</param>
/// <param name="Mine">Whether the caller may decide, and why not; null when the caller did not say who it is.</param>
internal sealed record PendingDecision(
    string Kind, string Id, string Subject, string By, DateTimeOffset At, DateTimeOffset? Deadline, IReadOnlyList<string> Roles, int Quorum, int Missing, MineResponse? Mine)
{
    public ApprovalResponse? Approval { get; init; }

    public IncidentToDecide? Incident { get; init; }

    public PlanToApprove? EmergencyPlan { get; init; }

    public OverrideResponse? FreezeOverride { get; init; }

    public RemovalResponse? FreezeRemoval { get; init; }

    /// <summary>Of an override and a removal: the window's name.</summary>
    public string? Freeze { get; init; }
}

/// <param name="Path">The step that failed.</param>
internal sealed record IncidentToDecide(string Run, string Path, ErrorResponse Error);

/// <param name="Lines">What would be taken down, in its order.</param>
internal sealed record PlanToApprove(IReadOnlyList<EmergencyLine> Lines, EmergencySavings Saves, string Currency, IReadOnlyList<EmergencyApproval> Approvals);

/// <summary>A decision that somebody has taken.</summary>
/// <param name="Kind">As of a <see cref="PendingDecision"/>.</param>
/// <param name="Question">Of an approval; null: the run is forgotten.</param>
/// <param name="Subject">The runbook, trigger, plan or freeze window.</param>
internal sealed record PastDecision(
    string Id, string Kind, DateTimeOffset At, string By, bool Approved, string? Role, string? Comment, string? OnBehalfOf, string? Run, string? Path, string? Question, string? Subject)
{
    /// <summary>Of an incident: retry, skip, undo or cancel.</summary>
    public string? Resolution { get; init; }
}

internal sealed record PastDecisions(IReadOnlyList<PastDecision> Items, string? Next);

/// <summary>What rejecting would do.</summary>
/// <param name="Outcome">rejected: the run ends as such and keeps what it has done; undone: it is taken back first; goes-on: the runbook handles it, and the run goes on.</param>
/// <param name="Ends">The runs that would end: this one, and its parents.</param>
/// <param name="Releases">Locks that would be free.</param>
/// <param name="Queued">Runs that wait for these locks, and would begin at once.</param>
/// <param name="InPlace">Steps whose effect would stay.</param>
/// <param name="Away">What the fleet has away from home now; it would stay so, and no run would hold it. Empty unless the outcome is rejected.</param>
/// <param name="CostPerHour">Of what is standing.</param>
/// <param name="AtDeadline">What happens when nobody decides in time: rejects, escalates (other roles are asked), or none (there is no deadline).</param>
/// <param name="EscalateTo">The roles that are asked then.</param>
internal sealed record RejectionResponse(
    string Outcome, IReadOnlyList<string> Ends, IReadOnlyList<string> Releases, IReadOnlyList<QueuedRun> Queued, IReadOnlyList<StepInPlace> InPlace,
    IReadOnlyList<EmergencyLine> Away, decimal CostPerHour, string? Currency, string AtDeadline, IReadOnlyList<string> EscalateTo);

internal sealed record QueuedRun(string Run, string Runbook, string StartedBy, IReadOnlyList<string> Resources, DateTimeOffset Since);

internal sealed record StepInPlace(string Run, string Path, string Activity);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<PendingDecision>))]
[JsonSerializable(typeof(PastDecisions))]
[JsonSerializable(typeof(RejectionResponse))]
internal sealed partial class DecisionsJson : JsonSerializerContext;
