using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Language;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runbooks;

/// <summary>Runbooks of the catalog and published ones: list, show, check, plan, and what an editor asks.</summary>
internal static class RunbooksApi
{
    public static void MapRunbooks(this IEndpointRouteBuilder app)
    {
        var runbooks = app.MapGroup("/api/runbooks").WithTags("runbooks");
        runbooks.MapGet("", ListAsync).Gated().WithSummary("A page of the runbooks that the server knows, each as a start by name runs it.");
        runbooks.MapGet("/{name}", ShowAsync).Gated().WithSummary("One runbook with its source and inputs, as a start by name runs it.");
        runbooks.MapPost("/validate", ValidateAsync).Gated().WithSummary("Every problem of a runbook's source, with places and edits that fix.");
        runbooks.MapPost("/plan", PlanSourceAsync).Gated().WithSummary("What a run of this source would touch, in order, and what cannot be undone.");
        runbooks.MapPost("/scope", ScopeAsync).Gated().WithSummary("The names that an expression may use at a step, with their types.");
        runbooks.MapPost("/{name}/plan", PlanAsync).Gated().WithSummary("What a run would touch, in order, and what cannot be undone.");
        runbooks.MapVersions();
    }

    private static async Task<RunbookPage> ListAsync(
        HttpContext http, RunbookCatalog catalog, PublishedVersions published, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var (library, files) = (catalog.Library, catalog.Files);
        var (budget, check) = (http.Budget(), catalog.Checker(http.Budget()));
        var page = Paging.While([.. library.Names.Order(StringComparer.Ordinal)], cursor, limit, name =>
        {
            var file = library.Find(name)!;
            var runbook = check(file.File, file.Text).Runbook;
            var version = published.Find(name);
            return new RunbookResponse(
                name, runbook?.Description, runbook?.Digest, Path.GetFileName(file.File), runbook is not null,
                Versions.Origin(version), version is null ? null : Versions.Of(version, files.Find(name), current: true), Versions.FileDiffers(version, files.Find(name)));
        }, () => !budget.IsSpent);
        return new RunbookPage(page.Items, page.Next, [.. library.Diagnostics.Select(RunbookCatalog.Line)]);
    }

    private static async Task<RunbookDetail> ShowAsync(string name, HttpContext http, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var runbook = catalog.ReadForRequest(name, null, http.Budget());
        var (version, file) = (published.Find(name), catalog.Files.Find(name));
        return new RunbookDetail(
            runbook.Name, runbook.Description, runbook.Digest, runbook.Source, [.. runbook.Inputs.Select(InputResponse.Of)],
            [.. runbook.Triggers.Select(trigger => trigger.Cron)], Words.Of(runbook.OnFailure), Words.Of(runbook.Lane), runbook.Preauthorised,
            Versions.Origin(version), version is null ? null : Versions.Of(version, file, current: true), Versions.FileDiffers(version, file),
            Words.Of(RunbookAccess.StartPrivilege(runbook, catalog, http.Budget())));
    }

    private static async Task<CheckResponse> ValidateAsync(CheckRequest body, HttpContext http, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var reading = catalog.CheckText(body.File ?? "source", Source(body.Source), http.Budget());
        return new CheckResponse(reading.Runbook is not null, [.. reading.Diagnostics.Select(RunbookCatalog.Line)]);
    }

    private static async Task<JsonElement> PlanAsync(string name, CheckRequest? body, HttpContext http, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        return Plan(http, catalog, catalog.ReadForRequest(name, body?.Source, http.Budget()), body?.Inputs, $"{name}.yaml");
    }

    private static async Task<JsonElement> PlanSourceAsync(CheckRequest body, HttpContext http, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        return Plan(http, catalog, catalog.ReadForRequest(null, Source(body.Source), http.Budget()), body.Inputs, body.File ?? "source");
    }

    private static JsonElement Plan(HttpContext http, RunbookCatalog catalog, Runbook runbook, JsonElement? inputs, string file) =>
        WorkflowJson.ToElement(catalog.Plan(runbook, RunbookCatalog.BindForRequest(runbook, inputs), file, http.Budget()));

    private static async Task<ScopeResponse> ScopeAsync(ScopeRequest body, HttpContext http, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var source = Source(body.Source);
        var path = body.Path is { Length: > 0 } given ? given : throw ProblemException.BadRequest("Say at which step: path, as in lend/*/shift.");
        var part = body.Part is { } word ? Words.Parse<ScopePart>(word, "part of a step") : ScopePart.Step;
        var runbook = catalog.ReadDraft(source, http.Budget()) ?? throw RunbookCatalog.Wrong(catalog.CheckText("source", source, http.Budget()));
        var names = new ScopeHelp(runbook, catalog.Catalog).At(new StepPath(path), part) ?? throw ProblemException.NotFound($"step {path} in this runbook");
        return new ScopeResponse(path, [.. names.Select(name => new ScopeNameResponse(name.Name, name.Description, name.Schema))], [.. Workflows.Language.Expressions.Expression.Globals.Order(StringComparer.Ordinal)]);
    }

    private static string Source(string? source) => source ?? throw ProblemException.BadRequest("Give the runbook's source.");
}
