using System.Text.Json.Serialization;

namespace Orchestrator.Server.Emergency;

/// <summary>The emergency handle. Times are on the night's clock.</summary>
/// <param name="Now">What it would take down by the facts as they are; not kept.</param>
/// <param name="Plan">The plan made last; null: none was.</param>
/// <param name="Confirm">What whoever pulls the handle types: the fleet's name.</param>
/// <param name="MayPull">Whether the caller has one of the roles; null when it did not say who it is.</param>
internal sealed record EmergencyAnswer(EmergencyPlan Now, KeptPlanAnswer? Plan, string Confirm, IReadOnlyList<string> Roles, int Quorum, bool? MayPull);

/// <param name="State">open (needs approvals), approved (the handle is live), pulled or expired.</param>
/// <param name="AgeSeconds">Since it was made.</param>
/// <param name="Missing">Approvals that are still needed.</param>
/// <param name="Changed">What is otherwise now than when it was made; it says what would be different, and keeps nobody from pulling.</param>
/// <param name="MayApprove">Whether the caller may approve it; null when it did not say who it is.</param>
/// <param name="WhyNot">Why the caller may not.</param>
internal sealed record KeptPlanAnswer(
    string Id, string By, DateTimeOffset At, double AgeSeconds, DateTimeOffset ValidUntil, string State, EmergencyPlan Content, IReadOnlyList<EmergencyApproval> Approvals,
    int Missing, IReadOnlyList<string> Changed, bool? MayApprove, string? WhyNot, PulledAnswer? Pulled);

/// <param name="Status">Of the run.</param>
internal sealed record PulledAnswer(string By, DateTimeOffset At, string Run, string Reason, string? Status);

/// <param name="Clusters">To return; null or empty: every batch cluster.</param>
/// <param name="Units">To release; null or empty: every one that stands.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record EmergencyPlanBody(IReadOnlyList<string>? Clusters, IReadOnlyList<string>? Units);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record EmergencyApproveBody(string? Comment);

/// <param name="Plan">Its id.</param>
/// <param name="Confirm">The fleet's name, as typed.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ScaleDownBody(string? Plan, string? Confirm, string? Reason);

/// <param name="Runs">Only these; null: all that are held back.</param>
/// <param name="Triggers">As <paramref name="Runs"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReleaseBody(string? Reason, IReadOnlyList<string>? Runs, IReadOnlyList<string>? Triggers);

/// <param name="Created">False: the handle was pulled with this plan before, and this is its run.</param>
internal sealed record ScaleDownAnswer(string Run, bool Created, string Plan);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EmergencyAnswer))]
[JsonSerializable(typeof(KeptPlanAnswer))]
[JsonSerializable(typeof(EmergencyPlanBody))]
[JsonSerializable(typeof(EmergencyApproveBody))]
[JsonSerializable(typeof(ScaleDownBody))]
[JsonSerializable(typeof(ScaleDownAnswer))]
[JsonSerializable(typeof(HeldBack))]
[JsonSerializable(typeof(ReleaseBody))]
internal sealed partial class EmergencyJson : JsonSerializerContext;
