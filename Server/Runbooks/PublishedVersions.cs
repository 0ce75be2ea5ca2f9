using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Runbooks;

/// <summary>A version of a runbook that a person published.</summary>
/// <param name="Number">Of the publications of this name, from 1.</param>
internal sealed record PublishedVersion(string Name, long Number, string Digest, string By, DateTimeOffset At, string? Note)
{
    public string Source { get; init; } = "";
}

/// <summary>What the journal keeps of a publication.</summary>
internal sealed record PublishedVersionRecord(string Digest, string? Note);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PublishedVersionRecord))]
internal sealed partial class PublishedVersionJson : JsonSerializerContext;

/// <summary>
/// The runbooks that people published, from the journal's audit events. Of a name the version published last is what a start by
/// name and a child step run; the file on the catalog is run where nobody has published one.
/// </summary>
internal sealed class PublishedVersions(Engine engine) : AuditProjection(engine)
{
    private const string Kind = "runbook-published";
    private const string Subject = "runbook/";

    private ImmutableDictionary<string, ImmutableArray<PublishedVersion>> _byName = ImmutableDictionary<string, ImmutableArray<PublishedVersion>>.Empty;

    /// <summary>The latest of each name, as of the last <see cref="AuditProjection.RefreshAsync"/>.</summary>
    public IEnumerable<PublishedVersion> Current => _byName.Values.Select(versions => versions[^1]);

    public PublishedVersion? Find(string name) => _byName.TryGetValue(name, out var versions) ? versions[^1] : null;

    /// <summary>All of one name, the oldest first.</summary>
    public ImmutableArray<PublishedVersion> Of(string name) => _byName.GetValueOrDefault(name, []);

    /// <summary>What a publication is based on when there must be no runbook of its name yet.</summary>
    public const string NoBase = "none";

    /// <summary>
    /// Publishes a version, durable when this returns; the one that is published last already stays as it is. Throws
    /// <see cref="ProblemException"/> 409 when somebody else published since <paramref name="basedOn"/>, or at the same moment;
    /// and when it is based on nothing although the name is taken, by a version or by a file on the catalog.
    /// </summary>
    /// <param name="basedOn">Digest of the version that was edited, or <see cref="NoBase"/>.</param>
    /// <param name="inCatalog">Digest of the catalog's file of this name; null: there is none.</param>
    public async Task<(PublishedVersion Version, bool Created)> PublishAsync(
        Runbook runbook, string by, string? note, string basedOn, string? inCatalog, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var last = Find(runbook.Name);
        if (last?.Digest == runbook.Digest)
        {
            return (last, false);
        }

        var current = last?.Digest ?? inCatalog;
        if (basedOn == NoBase ? current is not null : basedOn != current)
        {
            throw basedOn == NoBase ? Taken(runbook.Name, last) : current is null ? Unknown(runbook.Name) : Outdated(runbook.Name, last);
        }

        var body = JsonSerializer.SerializeToElement(new PublishedVersionRecord(runbook.Digest, note), PublishedVersionJson.Default.PublishedVersionRecord);
        var auditEvent = new AuditEvent(0, Subject + runbook.Name, 1 + (last?.Number ?? 0), Kind, by, now, body);
        var kept = await Engine.AddAuditEventAsync(auditEvent, runbook, cancellationToken);
        await RefreshAsync(cancellationToken);
        return kept is not null ? (Find(runbook.Name)!, true)
            : throw (basedOn == NoBase ? Taken(runbook.Name, Find(runbook.Name)) : Outdated(runbook.Name, Find(runbook.Name)));
    }

    protected override async ValueTask ApplyAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (auditEvent.Kind == Kind && auditEvent.Body.Deserialize(PublishedVersionJson.Default.PublishedVersionRecord) is { } body)
        {
            var name = auditEvent.Subject[Subject.Length..];
            var source = (await Engine.FindSourceAsync(body.Digest, cancellationToken))?.Source ?? "";
            _byName = _byName.SetItem(name, Of(name).Add(new PublishedVersion(name, auditEvent.Version, body.Digest, auditEvent.By, auditEvent.At, body.Note) { Source = source }));
        }
    }

    private static ProblemException Taken(string name, PublishedVersion? last) => new(
        StatusCodes.Status409Conflict, "name-taken",
        (last is null
            ? $"There is a runbook {name} already: a file on the catalog. "
            : $"There is a runbook {name} already: {last.By} published version {last.Number} of it. ")
        + $"Publish under another name, or change that one: look at it first, and send its digest as basedOn.");

    private static ProblemException Unknown(string name) => new(
        StatusCodes.Status409Conflict, "version-conflict",
        $"There is no runbook {name} any more that yours could be based on; publish it as a new one, with basedOn: {NoBase}.");

    private static ProblemException Outdated(string name, PublishedVersion? last) => new(
        StatusCodes.Status409Conflict, "version-conflict",
        last is null
            ? $"The file of runbook {name} has changed since the version that yours is based on; look at the difference, and publish on top of it."
            : $"{last.By} published version {last.Number} of runbook {name} since the one that yours is based on; look at the difference, and publish on top of it.");
}
