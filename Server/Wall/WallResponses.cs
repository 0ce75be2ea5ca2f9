using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Decisions;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Schedules;

namespace Orchestrator.Server.Wall;

/// <summary>The promotion night at a glance. Times are on the environment clock.</summary>
/// <param name="Position">Of the journal's newest fact that this shows.</param>
/// <param name="Speed">How many times faster than the system clock the environment clock runs; 1 on a real cloud.</param>
/// <param name="Approvals">That wait, the longest waiting first; each says whether the caller may decide.</param>
internal sealed record WallResponse(
    long Position, DateTimeOffset At, bool Simulated, double Speed, string Fleet, PeakResponse Peak, WallTraffic Traffic,
    IReadOnlyList<WallCluster> Clusters, IReadOnlyList<WallUnit> Units, IReadOnlyDictionary<string, int> UnitsByPhase, IReadOnlyList<BlockedResponse> Blocked,
    IReadOnlyList<ApprovalResponse> Approvals, EmergencyState Emergency, int OpenRuns, InvariantCount Invariants)
{
    /// <summary>All that waits for people's decision, of every kind; what is due first at its head.</summary>
    public IReadOnlyList<PendingDecision> Decisions { get; init; } = [];

    /// <summary>What is away from home although no run holds it.</summary>
    public required UnheldResponse Unheld { get; init; }

    /// <summary>Triggers due within a day that want what runs hold now.</summary>
    public IReadOnlyList<DueTrigger> Due { get; init; } = [];
}

/// <summary>Units, lent nodes and traffic that no run under way holds a lock on: nothing gives them back by itself.</summary>
/// <param name="CostPerHour">Of the lines together.</param>
internal sealed record UnheldResponse(IReadOnlyList<EmergencyLine> Lines, decimal CostPerHour, string Currency);

/// <summary>The next peak that the fleet file's traffic forecasts.</summary>
/// <param name="SecondsTo">From now, on the environment clock.</param>
/// <param name="Demand">Requests a second.</param>
/// <param name="Since">Seconds since the last one.</param>
/// <param name="Last">When the last one was.</param>
internal sealed record PeakResponse(DateTimeOffset At, double SecondsTo, double Demand, double Since, DateTimeOffset Last, string From);

/// <param name="Demand">Requests a second as they were read last: by the wall itself from the balancer, or by a run.</param>
/// <param name="At">When that was; null: they never were.</param>
/// <param name="AgeSeconds">Since then, on the environment clock.</param>
/// <param name="Stale">The reading is older than a minute of the system clock, and says nothing of now.</param>
/// <param name="Error">Why the balancer gives no reading now; null: it does, or has not been asked yet.</param>
/// <param name="ShareOfPeak">Demand over the forecast's peak, 0 to 1.</param>
/// <param name="Weights">Percent by destination.</param>
/// <param name="OnCloud">Percent of the traffic that cloud units take now.</param>
/// <param name="PeakDemand">The highest traffic read so far.</param>
/// <param name="PeakOnCloud">Percent of that highest traffic that went to cloud units; null before the first reading.</param>
internal sealed record WallTraffic(
    double Demand, DateTimeOffset? At, double? AgeSeconds, bool Stale, string? Error, double ShareOfPeak, ImmutableDictionary<string, int> Weights, int OnCloud, double PeakDemand, DateTimeOffset? PeakAt, int? PeakOnCloud);

/// <param name="Kind">batch or online; null: the fleet file does not know it.</param>
/// <param name="State">By the facts; null before a survey.</param>
/// <param name="Split">Of the state.</param>
/// <param name="Asked">What the last move asks of the cluster; null: none has.</param>
/// <param name="Observed">What its API showed last; null: it has not been read yet.</param>
/// <param name="Converged">What is observed is what is asked, profiles too; null: not known.</param>
internal sealed record WallCluster(
    string Id, string? Kind, string? State, SplitResponse? Split, int Nodes, IReadOnlyDictionary<string, int> NodesByState, ShiftResponse? Shift, AskedState? Asked,
    ObservedState? Observed, bool? Converged, IReadOnlyList<GuardLight> Guards);

internal sealed record SplitResponse(int Online, int Batch);

/// <param name="Profiles">Digest of the profiles that the move was planned with.</param>
internal sealed record AskedState(string State, DateTimeOffset Since, string Run, string Path, string Profiles);

/// <param name="At">By the cluster's API.</param>
/// <param name="AgeSeconds">Since it was read, on the system clock.</param>
/// <param name="Unlabelled">Nodes without a known state.</param>
/// <param name="Profiles">Digest of the profiles on the cluster; null: none.</param>
/// <param name="Error">Why the last reading failed; the rest is then of an older one.</param>
internal sealed record ObservedState(
    DateTimeOffset? At, double AgeSeconds, IReadOnlyDictionary<string, int> NodesByState, int Unlabelled, int Ready, int NotReady, string? Profiles, string? Error);

/// <summary>A guard of the cluster's last move, or an invariant that does not hold.</summary>
/// <param name="Light">green (it held), amber (waived, with the reason) or red (it refuses, or does not hold).</param>
/// <param name="At">When it was asked; null: now.</param>
internal sealed record GuardLight(string Guard, string Light, string Reason, string? Fix, DateTimeOffset? At, string? Run, string? Path);

/// <param name="Weight">Percent of the traffic.</param>
/// <param name="TimeToReadySeconds">From its planning to the first inspection that passed; null: none has.</param>
internal sealed record WallUnit(
    string Id, string Kind, string? Cluster, string Phase, int Hosts, int Weight, bool Inspected, IReadOnlyList<string> Findings, DateTimeOffset? PlannedAt, DateTimeOffset? ReadyAt, double? TimeToReadySeconds);

/// <summary>Something that does not go on by itself.</summary>
/// <param name="Kind">incident, approval, lock, paused or signal.</param>
/// <param name="Path">The step; null: the whole run.</param>
/// <param name="Deadline">The first of those that it stands for.</param>
/// <param name="Holders">Of a lock: the runs in its way.</param>
/// <param name="Alike">How many more steps of the run wait for the same.</param>
internal sealed record BlockedResponse(
    string Kind, string Run, string Runbook, string? Path, DateTimeOffset Since, WaitReason On, DateTimeOffset? Deadline, ErrorResponse? Error, IReadOnlyList<HolderResponse> Holders, int Alike);

internal sealed record HolderResponse(string Run, string Runbook, string StartedBy, string Status);

/// <summary>The emergency trigger.</summary>
/// <param name="State">none (no plan is kept), open (it needs approvals), approved (it can be triggered), triggered or expired.</param>
/// <param name="By">Who made the plan, or triggered it.</param>
/// <param name="At">When the plan was made; once triggered, when that was.</param>
/// <param name="RunStatus">Of the run that the trigger started.</param>
/// <param name="Held">What an emergency holds back until a person releases it.</param>
internal sealed record EmergencyState(
    string State, string? Plan, string? By, DateTimeOffset? At, double? AgeSeconds, DateTimeOffset? ValidUntil, int? Missing, string? Run, string? RunStatus, HeldBack Held);

/// <param name="Broken">That do not hold now.</param>
/// <param name="EverBroken">Times that one broke, over all facts.</param>
internal sealed record InvariantCount(int Checked, int EverBroken, IReadOnlyList<InvariantResponse> Broken);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WallResponse))]
internal sealed partial class WallJson : JsonSerializerContext;
