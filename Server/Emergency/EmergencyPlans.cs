using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Server.Deeds;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Emergency;

internal sealed record EmergencyApproved(string Role, string? Comment);

internal sealed record EmergencyPulled(string Run, string Reason);

internal sealed record EmergencyApproval(string By, string Role, DateTimeOffset At, string? Comment);

/// <summary>A plan that is kept, with what people have done with it.</summary>
internal sealed record KeptPlan(string Id, string By, DateTimeOffset At, EmergencyPlan Plan)
{
    public ImmutableArray<EmergencyApproval> Approvals { get; init; } = [];

    /// <summary>Who pulled the handle with it first; null: nobody has.</summary>
    public (string By, DateTimeOffset At, string Run, string Reason)? Pulled { get; init; }

    /// <summary>Of its deeds, the last.</summary>
    public long Version { get; init; } = 1;

    /// <summary>The run that pulling starts: the same however often it is pulled. Its time is the plan's, the rest comes from the plan's id.</summary>
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

/// <summary>The emergency plans that are kept, from the journal's deeds.</summary>
internal sealed class EmergencyPlans(Engine engine) : DeedFold(engine)
{
    private const string Subject = "emergency/";
    private const string PlannedKind = "emergency-planned";
    private const string ApprovedKind = "emergency-approved";
    private const string PulledKind = "emergency-pulled";

    private ImmutableSortedDictionary<string, KeptPlan> _byId = ImmutableSortedDictionary.Create<string, KeptPlan>(StringComparer.Ordinal);

    /// <summary>The one made last; null: none was.</summary>
    public KeptPlan? Latest => _byId.IsEmpty ? null : _byId[_byId.Keys.Last()];

    public KeptPlan? Find(string id) => _byId.GetValueOrDefault(id);

    public async Task<KeptPlan> KeepAsync(EmergencyPlan plan, string by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Sorts by time, so the last is the latest.
        var id = Guid.CreateVersion7(now).ToString("D", CultureInfo.InvariantCulture);
        await AddAsync(id, 1, PlannedKind, by, now, plan, EmergencyDeedJson.Default.EmergencyPlan, cancellationToken);
        return Find(id)!;
    }

    /// <summary>False: somebody else did something with the plan meanwhile; look at it again.</summary>
    public Task<bool> ApproveAsync(KeptPlan plan, string by, EmergencyApproved approved, DateTimeOffset now, CancellationToken cancellationToken) =>
        AddAsync(plan.Id, plan.Version + 1, ApprovedKind, by, now, approved, EmergencyDeedJson.Default.EmergencyApproved, cancellationToken);

    /// <inheritdoc cref="ApproveAsync"/>
    public Task<bool> PullAsync(KeptPlan plan, string by, EmergencyPulled pulled, DateTimeOffset now, CancellationToken cancellationToken) =>
        AddAsync(plan.Id, plan.Version + 1, PulledKind, by, now, pulled, EmergencyDeedJson.Default.EmergencyPulled, cancellationToken);

    protected override ValueTask ApplyAsync(Deed deed, CancellationToken cancellationToken)
    {
        var id = deed.Subject.StartsWith(Subject, StringComparison.Ordinal) ? deed.Subject[Subject.Length..] : "";
        switch (deed.Kind)
        {
            case PlannedKind when deed.Body.Deserialize(EmergencyDeedJson.Default.EmergencyPlan) is { } plan:
                _byId = _byId.SetItem(id, new KeptPlan(id, deed.By, deed.At, plan));
                break;
            case ApprovedKind when Find(id) is { } kept && deed.Body.Deserialize(EmergencyDeedJson.Default.EmergencyApproved) is { } approved:
                _byId = _byId.SetItem(id, kept with { Approvals = kept.Approvals.Add(new EmergencyApproval(deed.By, approved.Role, deed.At, approved.Comment)), Version = deed.Version });
                break;
            case PulledKind when Find(id) is { } kept && deed.Body.Deserialize(EmergencyDeedJson.Default.EmergencyPulled) is { } pulled:
                _byId = _byId.SetItem(id, kept with { Pulled = kept.Pulled ?? (deed.By, deed.At, pulled.Run, pulled.Reason), Version = deed.Version });
                break;
        }

        return ValueTask.CompletedTask;
    }

    private async Task<bool> AddAsync<T>(string id, long version, string kind, string by, DateTimeOffset now, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var kept = await Engine.AddDeedAsync(new Deed(0, Subject + id, version, kind, by, now, JsonSerializer.SerializeToElement(body, type)), cancellationToken: cancellationToken);
        await RefreshAsync(cancellationToken);
        return kept is not null;
    }
}
