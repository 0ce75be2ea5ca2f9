using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Emergency;

internal sealed record EmergencyApproved(string Role, string? Comment);

internal sealed record EmergencyTriggered(string Run, string Reason);

/// <summary>The automatic trigger, dry, would have triggered a plan.</summary>
internal sealed record EmergencySuggested(string Reason);

internal sealed record EmergencyApproval(string By, string Role, DateTimeOffset At, string? Comment);

/// <summary>A plan that is kept, with what people have done with it.</summary>
internal sealed record KeptPlan(string Id, string By, DateTimeOffset At, EmergencyPlan Plan)
{
    public ImmutableArray<EmergencyApproval> Approvals { get; init; } = [];

    /// <summary>Who triggered it first; null: nobody has.</summary>
    public (string By, DateTimeOffset At, string Run, string Reason)? Triggered { get; init; }

    /// <summary>When the automatic trigger, dry, would have triggered it last, and why; null: never.</summary>
    public (DateTimeOffset At, string Reason)? Suggested { get; init; }

    /// <summary>It was carried out from a server's disk while the store was away; the audit has what was done.</summary>
    public bool CarriedOut { get; init; }

    /// <summary>Of its audit events, the last.</summary>
    public long Version { get; init; } = 1;

    /// <summary>The run that the trigger starts: the same however often it is used. Its time is the plan's, the rest comes from the plan's id.</summary>
    public RunId Run
    {
        get
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"emergency/{Id}"));
            BinaryPrimitives.WriteInt64BigEndian(hash, (At.ToUnixTimeMilliseconds() << 16) | 0x7000 | (uint)(BinaryPrimitives.ReadUInt16BigEndian(hash) & 0x0FFF));
            hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
            return new RunId(new Guid(hash.AsSpan(0, 16), bigEndian: true));
        }
    }
}

/// <summary>The emergency plans that are kept, from the journal's audit events.</summary>
internal sealed class EmergencyPlans(Engine engine) : AuditProjection(engine)
{
    private const string Subject = "emergency/";
    private const string PlannedKind = "emergency-planned";
    private const string ApprovedKind = "emergency-approved";
    private const string TriggeredKind = "emergency-triggered";
    private const string SuggestedKind = "emergency-suggested";
    private const string CarriedOutKind = "emergency-carried-out";

    private ImmutableSortedDictionary<string, KeptPlan> _byId = ImmutableSortedDictionary.Create<string, KeptPlan>(StringComparer.Ordinal);

    /// <summary>The one made last; null: none was.</summary>
    public KeptPlan? Latest => _byId.IsEmpty ? null : _byId[_byId.Keys.Last()];

    public KeptPlan? Find(string id) => _byId.GetValueOrDefault(id);

    public async Task<KeptPlan> KeepAsync(EmergencyPlan plan, string by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Sorts by time, so the last is the latest.
        var id = Guid.CreateVersion7(now).ToString("D", CultureInfo.InvariantCulture);
        await AddAsync(id, 1, PlannedKind, by, now, plan, EmergencyAuditJson.Default.EmergencyPlan, cancellationToken);
        return Find(id)!;
    }

    /// <summary>False: somebody else did something with the plan meanwhile; look at it again.</summary>
    public Task<bool> ApproveAsync(KeptPlan plan, string by, EmergencyApproved approved, DateTimeOffset now, CancellationToken cancellationToken) =>
        AddAsync(plan.Id, plan.Version + 1, ApprovedKind, by, now, approved, EmergencyAuditJson.Default.EmergencyApproved, cancellationToken);

    /// <inheritdoc cref="ApproveAsync"/>
    public Task<bool> TriggerAsync(KeptPlan plan, string by, EmergencyTriggered triggered, DateTimeOffset now, CancellationToken cancellationToken) =>
        AddAsync(plan.Id, plan.Version + 1, TriggeredKind, by, now, triggered, EmergencyAuditJson.Default.EmergencyTriggered, cancellationToken);

    /// <inheritdoc cref="ApproveAsync"/>
    public Task<bool> SuggestAsync(KeptPlan plan, string by, EmergencySuggested suggested, DateTimeOffset now, CancellationToken cancellationToken) =>
        AddAsync(plan.Id, plan.Version + 1, SuggestedKind, by, now, suggested, EmergencyAuditJson.Default.EmergencySuggested, cancellationToken);

    /// <summary>What was done of the plan while the store was away. The record itself says when; repeating it changes nothing.</summary>
    public async Task CarriedOutAsync(string id, CarriedOut record, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (Find(id) is { CarriedOut: false } plan && !await AddAsync(id, plan.Version + 1, CarriedOutKind, record.By, now, record, CarriedOutJson.Default.CarriedOut, cancellationToken))
        {
        }
    }

    protected override ValueTask ApplyAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var id = auditEvent.Subject.StartsWith(Subject, StringComparison.Ordinal) ? auditEvent.Subject[Subject.Length..] : "";
        switch (auditEvent.Kind)
        {
            case PlannedKind when auditEvent.Body.Deserialize(EmergencyAuditJson.Default.EmergencyPlan) is { } plan:
                _byId = _byId.SetItem(id, new KeptPlan(id, auditEvent.By, auditEvent.At, plan));
                break;
            case ApprovedKind when Find(id) is { } kept && auditEvent.Body.Deserialize(EmergencyAuditJson.Default.EmergencyApproved) is { } approved:
                _byId = _byId.SetItem(id, kept with { Approvals = kept.Approvals.Add(new EmergencyApproval(auditEvent.By, approved.Role, auditEvent.At, approved.Comment)), Version = auditEvent.Version });
                break;
            case SuggestedKind when Find(id) is { } kept && auditEvent.Body.Deserialize(EmergencyAuditJson.Default.EmergencySuggested) is { } suggested:
                _byId = _byId.SetItem(id, kept with { Suggested = (auditEvent.At, suggested.Reason), Version = auditEvent.Version });
                break;
            case CarriedOutKind when Find(id) is { } kept:
                _byId = _byId.SetItem(id, kept with { CarriedOut = true, Version = auditEvent.Version });
                break;
            case TriggeredKind when Find(id) is { } kept && auditEvent.Body.Deserialize(EmergencyAuditJson.Default.EmergencyTriggered) is { } triggered:
                _byId = _byId.SetItem(id, kept with { Triggered = kept.Triggered ?? (auditEvent.By, auditEvent.At, triggered.Run, triggered.Reason), Version = auditEvent.Version });
                break;
        }

        return ValueTask.CompletedTask;
    }

    private async Task<bool> AddAsync<T>(string id, long version, string kind, string by, DateTimeOffset now, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var kept = await Engine.AddAuditEventAsync(new AuditEvent(0, Subject + id, version, kind, by, now, JsonSerializer.SerializeToElement(body, type)), cancellationToken: cancellationToken);
        await RefreshAsync(cancellationToken);
        return kept is not null;
    }
}
