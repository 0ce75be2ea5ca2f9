using System.Text.Json.Serialization;

namespace Orchestrator.Server.Emergency;

/// <summary>The emergency trigger. Times are on the environment clock.</summary>
/// <param name="Now">What it would take down by the facts as they are; not kept.</param>
/// <param name="Plan">The plan made last; null: none was.</param>
/// <param name="Confirm">What whoever triggers the plan types: the fleet's name.</param>
/// <param name="MayTrigger">Whether the caller has one of the roles; null when it did not say who it is.</param>
internal sealed record EmergencyResponse(EmergencyPlan Now, KeptPlanResponse? Plan, string Confirm, IReadOnlyList<string> Roles, int Quorum, bool? MayTrigger);

/// <param name="State">open (needs approvals), approved (it can be triggered), triggered or expired.</param>
/// <param name="AgeSeconds">Since it was made.</param>
/// <param name="Missing">Approvals that are still needed.</param>
/// <param name="Changed">What is otherwise now than when it was made; it says what would be different, and keeps nobody from triggering it.</param>
/// <param name="MayApprove">Whether the caller may approve it; null when it did not say who it is.</param>
/// <param name="WhyNot">Why the caller may not.</param>
/// <param name="Suggested">When the automatic trigger, which is dry, would have triggered it last; null: never.</param>
internal sealed record KeptPlanResponse(
    string Id, string By, DateTimeOffset At, double AgeSeconds, DateTimeOffset ValidUntil, string State, EmergencyPlan Content, IReadOnlyList<EmergencyApproval> Approvals,
    int Missing, IReadOnlyList<string> Changed, bool? MayApprove, string? WhyNot, TriggeredResponse? Triggered, SuggestedResponse? Suggested);

internal sealed record SuggestedResponse(DateTimeOffset At, string Reason);

/// <param name="Status">Of the run.</param>
internal sealed record TriggeredResponse(string By, DateTimeOffset At, string Run, string Reason, string? Status);

/// <param name="Clusters">To return; null or empty: every batch cluster.</param>
/// <param name="Units">To release; null or empty: every one that stands.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record EmergencyPlanRequest(IReadOnlyList<string>? Clusters, IReadOnlyList<string>? Units);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record EmergencyApproveRequest(string? Comment);

/// <param name="Plan">Its id.</param>
/// <param name="Confirm">The fleet's name, as typed.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ScaleDownRequest(string? Plan, string? Confirm, string? Reason);

/// <param name="Runs">Only these; null: all that are held back.</param>
/// <param name="Triggers">As <paramref name="Runs"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReleaseRequest(string? Reason, IReadOnlyList<string>? Runs, IReadOnlyList<string>? Triggers);

/// <param name="Created">False: this plan was triggered before, and this is its run.</param>
internal sealed record ScaleDownResponse(string Run, bool Created, string Plan);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EmergencyResponse))]
[JsonSerializable(typeof(KeptPlanResponse))]
[JsonSerializable(typeof(EmergencyPlanRequest))]
[JsonSerializable(typeof(EmergencyApproveRequest))]
[JsonSerializable(typeof(ScaleDownRequest))]
[JsonSerializable(typeof(ScaleDownResponse))]
[JsonSerializable(typeof(HeldBack))]
[JsonSerializable(typeof(ReleaseRequest))]
internal sealed partial class EmergencyJson : JsonSerializerContext;
