using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Runs;

namespace Orchestrator.Server.Approvals;

/// <summary>A question that waits for people. Times are on the environment clock.</summary>
/// <param name="Quorum">Approvals needed, each from another person, never from the one who started the run.</param>
/// <param name="Missing">Approvals that are still needed.</param>
/// <param name="Mine">Whether the caller may decide; null when the caller did not say who it is.</param>
internal sealed record ApprovalResponse(
    string Run,
    string Runbook,
    string Path,
    string Question,
    JsonElement? Evidence,
    IReadOnlyList<string> Roles,
    int Quorum,
    int Missing,
    DateTimeOffset RequestedAt,
    DateTimeOffset? Deadline,
    string StartedBy,
    IReadOnlyList<DecisionResponse> Decisions,
    MineResponse? Mine)
{
    public static ApprovalResponse Of(OpenApproval open, Entitlement? mine) => new(
        open.Run.ToString(), open.Runbook, open.Path.Value, open.Approval.Question, open.Approval.Evidence, open.Approval.Roles,
        open.Approval.Quorum, Math.Max(0, open.Approval.Quorum - open.Approval.Decisions.Count(decision => decision.Approved)),
        open.Approval.RequestedAt, open.Approval.Deadline, open.StartedBy,
        [.. open.Approval.Decisions.Select(DecisionResponse.Of)], mine is null ? null : new MineResponse(mine.May, mine.Role, mine.OnBehalfOf, mine.Code, mine.Reason));
}

/// <summary>Whether the caller may decide.</summary>
/// <param name="Role">In which of its own roles; null: only on somebody's behalf, or not at all.</param>
/// <param name="OnBehalfOf">Who has delegated a role to the caller that may decide here.</param>
/// <param name="Code">Why not: four-eyes, role-missing or already-decided.</param>
internal sealed record MineResponse(bool May, string? Role, IReadOnlyList<string> OnBehalfOf, string? Code, string? Reason);

/// <summary>A question with what it opens the way to, and what speaks for and against.</summary>
/// <param name="Touches">The plan's lines after the approval, up to the next one.</param>
/// <param name="Until">Path of that next approval; null: to the end of this run. Steps of a run around it are not among them.</param>
internal sealed record ApprovalDetail(
    ApprovalResponse Approval, JsonElement Touches, string? Until, IReadOnlyDictionary<string, int> Effects, IReadOnlyList<string> Irreversible, ApprovalEvidence Evidence);

/// <param name="Inspections">The last verdict on each unit that stands.</param>
/// <param name="Guards">What the shifts among the steps will ask, by the states that the clusters are in now. A shift of clusters that are known only when it runs is shown for every batch cluster.</param>
/// <param name="BrokenInvariants">Of the fleet, now; empty: all hold.</param>
internal sealed record ApprovalEvidence(IReadOnlyList<UnitVerdict> Inspections, IReadOnlyList<GuardsResponse> Guards, IReadOnlyList<InvariantResponse> BrokenInvariants);

/// <param name="Passed">The last inspection since it was provisioned passed.</param>
internal sealed record UnitVerdict(string Unit, string Phase, bool Passed, IReadOnlyList<string> Findings);

internal sealed record GuardsResponse(string Path, IReadOnlyList<string> Clusters, string From, string To, IReadOnlyList<GuardQuestion> Guards);

/// <param name="Waiver">The reason with which the step waives it; null: it does not.</param>
internal sealed record GuardQuestion(string Name, string Asks, bool Waivable, string? Waiver);

internal sealed record InvariantResponse(string Invariant, string Subject, string Message);

/// <param name="Path">The approval's step.</param>
/// <param name="OnBehalfOf">Somebody who has delegated the decision to the caller.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DecisionRequest(string? Path, string? Comment, string? OnBehalfOf);

internal sealed record DecisionTaken(string Run, string Path, bool Approved, string By, string? OnBehalfOf);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<ApprovalResponse>))]
[JsonSerializable(typeof(ApprovalDetail))]
[JsonSerializable(typeof(DecisionRequest))]
[JsonSerializable(typeof(DecisionTaken))]
[JsonSerializable(typeof(DelegationResponse))]
[JsonSerializable(typeof(Page<DelegationResponse>))]
[JsonSerializable(typeof(DelegationRequest))]
[JsonSerializable(typeof(RevocationRequest))]
internal sealed partial class ApprovalsJson : JsonSerializerContext;
