using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Pipeline;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>Runs: list, start, look at, act on.</summary>
internal static class RunsApi
{
    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        var runs = app.MapGroup("/api/runs").WithTags("runs");
        runs.MapGet("", ListAsync).WithSummary("A page of runs, newest first.");
        runs.MapPost("", StartAsync).GatedAsStart().WithSummary("Starts a run, or finds the one of this id.")
            .Produces<StartResponse>(StatusCodes.Status201Created).Produces<StartResponse>();
        runs.MapGet("/{id:guid}", ShowAsync).WithSummary("One run: inputs, how far it is, what waits.");
        runs.MapGet("/{id:guid}/steps", StepsAsync).WithSummary("A page of a run's steps in the order in which they began.");
        runs.MapGet("/{id:guid}/journal", JournalAsync).WithSummary("A page of a run's journal, from a version on.");
        runs.MapPost("/{id:guid}/pause", (Guid id, ActionRequest? body, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "pause", by => new PauseRun(by, body?.Reason))).WithSummary("Nothing new begins until resume; running tasks end.");
        runs.MapPost("/{id:guid}/resume", (Guid id, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "resume", by => new ResumeRun(by))).WithSummary("A paused run goes on.");
        runs.MapPost("/{id:guid}/cancel", (Guid id, ActionRequest? body, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "cancel", by => new CancelRun(by, body?.Reason))).WithSummary("Stops a run; finally blocks still run, but not of a run that is held.");
        runs.MapPost("/{id:guid}/undo", (Guid id, ActionRequest? body, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "undo", by => new UndoRun(by, body?.Reason))).WithSummary("Takes the completed steps back in reverse.");
        runs.MapPost("/{id:guid}/retry", (Guid id, ActionRequest body, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "retry", by => new RetryStep(body.Path is { Length: > 0 } ? Path(body) : StepPath.Root, by, body.Reason))).WithSummary("Tries a failed step again; without a path the run itself, which is held.");
        runs.MapPost("/{id:guid}/skip", (Guid id, ActionRequest body, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "skip", by => new SkipStep(Path(body), by, Reason(body)))).WithSummary("Passes over a step; says why.");
        runs.MapPost("/{id:guid}/signals/{name}", (Guid id, string name, ActionRequest? body, HttpContext http, Engine engine) =>
            RequestAsync(http, engine, id, "signal", by => new ReceiveSignal(name, body?.Payload, by))).WithSummary("Sends a signal, kept until a step waits for it.");
    }

    private static async Task<Page<RunResponse>> ListAsync(
        Engine engine, string? runbook, [FromQuery] string[]? status, bool? open, string? lane, string? startedBy, Guid? root, bool? rootsOnly,
        string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var query = new RunQuery
        {
            Runbook = runbook,
            Statuses = [.. (status ?? []).Select(word => Words.Parse<RunStatus>(word, "status of a run"))],
            Open = open,
            Lane = lane is null ? null : Words.Parse<Lane>(lane, "lane"),
            StartedBy = startedBy is null ? null : PersonId.Of(startedBy).Value,
            Root = root is { } id ? new RunId(id) : null,
            RootsOnly = rootsOnly ?? false,
            Cursor = cursor,
            Limit = Paging.Limit(limit),
        };
        RunPage page;
        try
        {
            page = await engine.ListAsync(query, cancellationToken);
            // Only the store can say where a shorter page ends, so it is asked again: seldom, for runs with very many labels.
            if (Paging.Fitting(page.Runs, SizeOf) is var fitting && fitting < page.Runs.Length)
            {
                page = await engine.ListAsync(query with { Limit = fitting }, cancellationToken);
            }
        }
        catch (FormatException exception)
        {
            throw ProblemException.BadRequest(exception.Message);
        }

        return new Page<RunResponse>([.. page.Runs.Select(RunResponse.Of)], page.Next);
    }

    private static async Task<IResult> StartAsync(StartRunRequest body, HttpContext http, Engine engine, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        await published.RefreshAsync(cancellationToken);
        var runbook = catalog.ReadForRequest(body.Runbook, body.Source, http.Budget());
        RunbookAccess.CheckStart(http, runbook, catalog, body.Source is not null);
        var inputs = RunbookCatalog.BindForRequest(runbook, body.Inputs);
        var result = await engine.StartAsync(
            new StartRequest(runbook, inputs, person.Name)
            {
                Id = body.Id is { } id ? new RunId(id) : null,
                Labels = body.Labels ?? System.Collections.Immutable.ImmutableDictionary<string, string>.Empty,
            },
            cancellationToken);
        if (result.Refusal is { } refusal)
        {
            throw ProblemResponses.Of(refusal);
        }

        var answer = new StartResponse(result.Run.ToString(), result.Created);
        return result.Created ? TypedResults.Created($"/api/runs/{result.Run}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<RunDetail> ShowAsync(Guid id, Engine engine, RunViews views, CancellationToken cancellationToken)
    {
        var run = await engine.FindAsync(new RunId(id), cancellationToken) ?? throw Unknown(id);
        return await views.ReadAsync(run.Run, view => Detail(run, view), cancellationToken) ?? throw Unknown(id);
    }

    internal static RunDetail Detail(RunSummary run, RunView view)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var step in view.InOrder.Where(step => !step.IsBlock))
        {
            counts[Words.Of(step.Status)] = counts.GetValueOrDefault(Words.Of(step.Status)) + 1;
        }

        return new RunDetail(
            RunResponse.Of(run), view.Version, view.Position, view.Started!.Inputs, counts,
            [.. view.Incidents.Values.Select(incident => new IncidentResponse(incident.Path.Value, ErrorResponse.Of(incident.Error)!))],
            WaitingResponse.Of(view), [.. view.Interventions]);
    }

    private static async Task<Page<StepResponse>> StepsAsync(
        Guid id, RunViews views, string? status, string? under, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        StepStatus? wanted = status is null ? null : Words.Parse<StepStatus>(status, "state of a step");
        return await views.ReadAsync(
            new RunId(id),
            view =>
            {
                var bytes = 0L;
                return Paging.While(
                    [.. view.InOrder.Where(step => (wanted is null || step.Status == wanted) && (under is null || new StepPath(under).Contains(step.Path)))],
                    cursor, limit,
                    step =>
                    {
                        bytes += SizeOf(step.Arguments) + SizeOf(step.Result);
                        return StepResponse.Of(step);
                    },
                    () => bytes <= Paging.MostBytes);
            },
            cancellationToken) ?? throw Unknown(id);
    }

    private static async Task<Page<EntryResponse>> JournalAsync(Guid id, Engine engine, long? after, int? limit, CancellationToken cancellationToken)
    {
        var size = Paging.Limit(limit);
        var entries = new List<EntryResponse>();
        var (bytes, more) = (0L, false);
        await foreach (var entry in engine.ReadAsync(new RunId(id), after ?? 0, cancellationToken))
        {
            var answer = EntryResponse.Of(entry);
            bytes += answer.Events.Sum(happened => SizeOf(happened));
            more = entries.Count == size || (entries.Count > 0 && bytes > Paging.MostBytes);
            if (more)
            {
                break;
            }

            entries.Add(answer);
        }

        if (entries.Count == 0 && await engine.FindAsync(new RunId(id), cancellationToken) is null)
        {
            throw Unknown(id);
        }

        return new Page<EntryResponse>(entries, more ? entries[^1].Version.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    /// <summary>About how many bytes of JSON a run is in a list.</summary>
    private static long SizeOf(RunSummary run) =>
        500 + (run.Error?.Message.Length ?? 0) + run.Labels.Sum(label => (long)Encoding.UTF8.GetByteCount(label.Key) + Encoding.UTF8.GetByteCount(label.Value) + 6);

    private static long SizeOf(JsonElement? value) => value is { ValueKind: not JsonValueKind.Undefined } some ? JsonMarshal.GetRawUtf8Value(some).Length : 0;

    private static async Task<ActionResponse> RequestAsync(HttpContext http, Engine engine, Guid id, string action, Func<string, Input> input)
    {
        var person = People.Of(http);
        return await engine.RequestAsync(new RunId(id), input(person.Name), http.RequestAborted) is { } refusal
            ? throw ProblemResponses.Of(refusal)
            : new ActionResponse(id.ToString(), action, person.Name);
    }

    private static StepPath Path(ActionRequest body) =>
        body.Path is { Length: > 0 } path ? new StepPath(path) : throw ProblemException.BadRequest("Say which step: path, as in lend/hz-batch-a/shift.");

    private static string Reason(ActionRequest body) =>
        body.Reason is { Length: > 0 } reason ? reason : throw ProblemException.BadRequest("Skipping a step needs a reason.");

    private static ProblemException Unknown(Guid id) => ProblemException.NotFound($"run {id}");
}
