using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Projections;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Approvals;

/// <summary>Somebody's roles in somebody else's hands for a while.</summary>
/// <param name="Until">From then on it is worth nothing; on the environment clock.</param>
internal sealed record Delegation(string Id, string From, string To, ImmutableArray<string> Roles, DateTimeOffset At, DateTimeOffset Until, string Reason)
{
    /// <summary>Who took it back, when; null: nobody did.</summary>
    public (string By, DateTimeOffset At)? Revoked { get; init; }

    /// <summary>Of its audit events, the last.</summary>
    public long Version { get; init; } = 1;

    public bool Holds(DateTimeOffset now) => Revoked is null && now < Until;
}

internal sealed record DelegationGranted(string To, ImmutableArray<string> Roles, DateTimeOffset Until, string Reason);

internal sealed record DelegationRevoked(string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DelegationGranted))]
[JsonSerializable(typeof(DelegationRevoked))]
internal sealed partial class DelegationJson : JsonSerializerContext;

/// <summary>Decisions that people have delegated, from the journal's audit events. Nobody delegates what was delegated to them.</summary>
internal sealed class Delegations(Engine engine) : AuditProjection(engine)
{
    private const string Subject = "delegation/";
    private const string GrantedKind = "delegation-granted";
    private const string RevokedKind = "delegation-revoked";

    private ImmutableSortedDictionary<string, Delegation> _byId = ImmutableSortedDictionary.Create<string, Delegation>(StringComparer.Ordinal);

    /// <summary>All there ever were, in the order of their granting.</summary>
    public IEnumerable<Delegation> All => _byId.Values;

    public Delegation? Find(string id) => _byId.GetValueOrDefault(id);

    public IEnumerable<Delegation> To(string person, DateTimeOffset now) => All.Where(delegation => FourEyes.Same(delegation.To, person) && delegation.Holds(now));

    public async Task<Delegation> GrantAsync(Person from, DelegationGranted granted, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Sorts by time, as all of them are listed.
        var id = Guid.CreateVersion7(now).ToString("D", CultureInfo.InvariantCulture);
        var auditEvent = new AuditEvent(0, Subject + id, 1, GrantedKind, from.Name, now, JsonSerializer.SerializeToElement(granted, DelegationJson.Default.DelegationGranted));
        await Engine.AddAuditEventAsync(auditEvent, cancellationToken: cancellationToken);
        await RefreshAsync(cancellationToken);
        return Find(id)!;
    }

    /// <summary>Takes a delegation back; one that is worth nothing any more stays as it is.</summary>
    public async Task<Delegation> RevokeAsync(Delegation delegation, string by, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (delegation.Revoked is null)
        {
            var body = JsonSerializer.SerializeToElement(new DelegationRevoked(reason), DelegationJson.Default.DelegationRevoked);
            // Somebody else's revocation at the same moment is as good.
            await Engine.AddAuditEventAsync(new AuditEvent(0, Subject + delegation.Id, delegation.Version + 1, RevokedKind, by, now, body), cancellationToken: cancellationToken);
            await RefreshAsync(cancellationToken);
        }

        return Find(delegation.Id) ?? throw ProblemException.NotFound($"delegation {delegation.Id}");
    }

    protected override ValueTask ApplyAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var id = auditEvent.Subject.StartsWith(Subject, StringComparison.Ordinal) ? auditEvent.Subject[Subject.Length..] : "";
        switch (auditEvent.Kind)
        {
            case GrantedKind when auditEvent.Body.Deserialize(DelegationJson.Default.DelegationGranted) is { } granted:
                _byId = _byId.SetItem(id, new Delegation(id, auditEvent.By, granted.To, granted.Roles, auditEvent.At, granted.Until, granted.Reason));
                break;
            case RevokedKind when Find(id) is { } delegation:
                _byId = _byId.SetItem(id, delegation with { Revoked = (auditEvent.By, auditEvent.At), Version = auditEvent.Version });
                break;
        }

        return ValueTask.CompletedTask;
    }
}
