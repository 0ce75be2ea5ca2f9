using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>What a run was started with; nothing of it ever changes but the runbook's current version.</summary>
/// <param name="Digest">Of the version that the run pinned.</param>
/// <param name="CurrentDigest">Of the version that a start by name runs now; null: there is no runbook of that name now, or it has problems.</param>
/// <param name="Inputs">In the order of the runbook.</param>
internal sealed record RunInputs(
    string Run, string Runbook, string Digest, string? CurrentDigest, string StartedBy, DateTimeOffset StartedAt, string Lane, IReadOnlyList<RunInput> Inputs)
{
    public static RunInputs Of(RunSummary run, JsonElement values, Runbook pinned, string? current) => new(
        run.Run.ToString(), run.Runbook, run.Digest, current, run.StartedBy, run.StartedAt, Words.Of(run.Lane),
        [.. pinned.Inputs.Where(input => values.TryGetProperty(input.Name, out _)).Select(input => RunInput.Of(input, values.GetProperty(input.Name)))]);
}

/// <summary>An input that a run was started with.</summary>
/// <param name="Declaration">As the version that the run pinned has it.</param>
/// <param name="Value">With secrets masked.</param>
/// <param name="IsDefault">It is the declared default, given or not.</param>
/// <param name="Masked">The value is not whole: whoever starts the same again has to give it again.</param>
internal sealed record RunInput(InputResponse Declaration, JsonElement Value, bool IsDefault, bool Masked)
{
    public static RunInput Of(InputDeclaration input, JsonElement value)
    {
        var masked = MaskedElement.Of(input.Name, value);
        return new RunInput(
            InputResponse.Of(input), masked, input.Default is { } byDefault && JsonElement.DeepEquals(byDefault, value), !JsonElement.DeepEquals(masked, value));
    }
}

/// <summary>The inputs of a run, read with the declarations that it pinned.</summary>
internal static class RunInputsApi
{
    public static void MapRunInputs(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/runs/{id:guid}/inputs", ShowAsync).Gated().WithTags("runs").WithSummary("What a run was started with: each input's declaration and value, secrets masked, and whether its runbook has changed since.");

    private static async Task<RunInputs> ShowAsync(Guid id, HttpContext http, Engine engine, RunViews views, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var run = await engine.FindAsync(new RunId(id), cancellationToken) ?? throw ProblemException.NotFound($"run {id}");
        var pinned = await engine.FindRunbookAsync(run.Digest, cancellationToken) ?? throw ProblemException.NotFound($"version {run.Digest} of runbook {run.Runbook}");
        var current = catalog.Library.Find(pinned.Name) is { } file ? catalog.CheckText(file.File, file.Text, http.Budget()).Runbook?.Digest : null;
        return await views.ReadAsync(run.Run, view => RunInputs.Of(run, view.Started!.Inputs, pinned, current), cancellationToken) ?? throw ProblemException.NotFound($"run {id}");
    }
}
