using System.Security.Cryptography;
using System.Text;
using Orchestrator.Server.Api;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Language.Reading;

namespace Orchestrator.Server.Runbooks;

/// <summary>Versions of a runbook: publish, list, show, compare.</summary>
internal static class Versions
{
    public static void MapVersions(this IEndpointRouteBuilder runbooks)
    {
        runbooks.MapPost("/{name}/versions", PublishAsync).Gated().WithSummary("Publishes a version as the caller, after all rules were checked; from then on a start by name runs it.")
            .Produces<VersionResponse>(StatusCodes.Status201Created).Produces<VersionResponse>();
        runbooks.MapGet("/{name}/versions", ListAsync).WithSummary("A page of the published versions, newest first, and the file on the catalog where it is another text.");
        runbooks.MapGet("/{name}/versions/{digest}", ShowAsync).WithSummary("The source of a version: a digest, or current, or file.");
        runbooks.MapGet("/{name}/diff", DiffAsync).Gated().WithSummary("Two versions line by line; from and to are digests, or current, or file.");
        runbooks.MapPost("/{name}/diff", DiffToSourceAsync).Gated().WithSummary("What a text that is not published would change of a version, line by line.");
    }

    public static string Origin(PublishedVersion? version) => version is null ? "file" : "published";

    public static bool FileDiffers(PublishedVersion? version, RunbookFile? file) => version is not null && file is not null && Digest(file.Text) != version.Digest;

    public static VersionResponse Of(PublishedVersion version, RunbookFile? file, bool current) => new(
        version.Digest, "published", version.Number, version.By, version.At, version.Note, file is not null && Digest(file.Text) == version.Digest, current);

    private static async Task<IResult> PublishAsync(
        string name, PublishRequest body, HttpContext http, RunbookCatalog catalog, PublishedVersions published, Settings settings, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        await published.RefreshAsync(cancellationToken);
        var reading = catalog.CheckText($"{name}.yaml", body.Source ?? throw ProblemException.BadRequest("Give the runbook's source."), http.Budget());
        var runbook = reading.Runbook ?? throw RunbookCatalog.Wrong(reading);
        if (runbook.Name != name)
        {
            throw ProblemException.BadRequest($"The source says runbook: {runbook.Name}; publish it at /api/runbooks/{runbook.Name}/versions, or change the name in it to {name}.");
        }

        RunbookAccess.CheckPublish(http, runbook, catalog, settings.Emergency.Runbook);
        var basedOn = body.BasedOn?.Trim() is { Length: > 0 } given
            ? given
            : throw ProblemException.BadRequest(
                $"Say what this is based on: basedOn, the digest of the version that you edited (GET /api/runbooks/{name}/versions/current has it), or {PublishedVersions.NoBase} for a new runbook.");
        var file = catalog.Files.Find(name);
        var note = body.Note is { } text && text.Trim() is { Length: > 0 } said ? said : null;
        var (version, created) = await published.PublishAsync(
            runbook, person.Name, note, basedOn, file is null ? null : Digest(file.Text), environment.Time.GetUtcNow(), cancellationToken);
        var answer = Of(version, file, current: true);
        return created ? TypedResults.Created($"/api/runbooks/{name}/versions/{version.Digest}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Page<VersionResponse>> ListAsync(
        string name, RunbookCatalog catalog, PublishedVersions published, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var (file, all) = (catalog.Files.Find(name), published.Of(name));
        if (file is null && all.IsEmpty)
        {
            throw ProblemException.NotFound($"runbook {name}");
        }

        var answers = all.Reverse().Select(version => Of(version, file, current: version.Number == all.Length)).ToList();
        if (file is not null && !answers.Exists(answer => answer.InCatalog))
        {
            answers.Insert(0, new VersionResponse(Digest(file.Text), "file", null, null, null, null, InCatalog: true, Current: all.IsEmpty));
        }

        return Paging.Of(answers, cursor, limit, answer => answer);
    }

    private static async Task<VersionDetail> ShowAsync(
        string name, string digest, RunbookCatalog catalog, PublishedVersions published, Engine engine, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var (found, source) = await FindAsync(name, digest, catalog, published, engine, cancellationToken);
        var (file, all) = (catalog.Files.Find(name), published.Of(name));
        var version = all.LastOrDefault(version => version.Digest == found);
        return new VersionDetail(name, found, source, version is not null ? Of(version, file, version.Number == all.Length)
            : file is not null && Digest(file.Text) == found ? new VersionResponse(found, "file", null, null, null, null, true, all.IsEmpty)
            : null);
    }

    private static async Task<DiffResponse> DiffAsync(
        string name, string from, string to, RunbookCatalog catalog, PublishedVersions published, Engine engine, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var left = await FindAsync(name, from, catalog, published, engine, cancellationToken);
        var right = await FindAsync(name, to, catalog, published, engine, cancellationToken);
        return SourceDiff.Of(left.Digest, left.Source, right.Digest, right.Source);
    }

    private static async Task<DiffResponse> DiffToSourceAsync(
        string name, DiffRequest body, RunbookCatalog catalog, PublishedVersions published, Engine engine, CancellationToken cancellationToken)
    {
        var source = body.Source ?? throw ProblemException.BadRequest("Give the runbook's source.");
        await published.RefreshAsync(cancellationToken);
        var left = await FindAsync(name, body.From ?? "current", catalog, published, engine, cancellationToken);
        return SourceDiff.Of(left.Digest, left.Source, Digest(source), source);
    }

    /// <summary>A version by digest (one that runs pinned too), the current one, or the catalog's file.</summary>
    private static async Task<(string Digest, string Source)> FindAsync(
        string name, string digest, RunbookCatalog catalog, PublishedVersions published, Engine engine, CancellationToken cancellationToken)
    {
        var file = catalog.Files.Find(name);
        if (digest == "current" && published.Find(name) is { } current)
        {
            return (current.Digest, current.Source);
        }

        if (file is not null && (digest is "file" or "current" || digest == Digest(file.Text)))
        {
            return (Digest(file.Text), file.Text);
        }

        return await engine.FindSourceAsync(digest, cancellationToken) is { } kept && kept.Name == name
            ? (digest, kept.Source)
            : throw ProblemException.NotFound($"version {digest} of runbook {name}");
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
