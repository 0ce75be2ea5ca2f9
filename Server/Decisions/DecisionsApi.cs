using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Audit;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Decisions;

/// <summary>Decisions of all kinds: what waits, and what was decided.</summary>
internal static class DecisionsApi
{
    private static readonly ImmutableHashSet<string> Kinds =
        ["approval-decided", "incident-closed", "emergency-approved", "override-decided", "freeze-removed", "freeze-removal-rejected"];

    public static void MapDecisions(this IEndpointRouteBuilder app)
    {
        var decisions = app.MapGroup("/api/decisions").WithTags("decisions");
        decisions.MapGet("", ListAsync).WithSummary("A page of all that waits for people's decision: approvals, incidents, emergency plans, freeze overrides and removals; mine: only what the caller may decide.");
        decisions.MapGet("/history", HistoryAsync).WithSummary("A page of the decisions that people have taken, of all kinds, newest first.");
        app.MapGet("/api/approvals/{run:guid}/rejection", RejectionAsync).WithTags("approvals")
            .WithSummary("What rejecting the approval at path would do: how the run ends, which locks it frees, who waits for them, and what stays in place.");
    }

    private static async Task<Page<PendingDecision>> ListAsync(
        HttpContext http, DecisionInbox inbox, Delegations delegations, PromotionEnvironment environment, bool? mine, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var person = mine == true ? People.Of(http) : People.Find(http);
        var all = await inbox.ListAsync(person, await ApprovalsApi.EntitledAsync(http, delegations, environment, cancellationToken), cancellationToken);
        return Paging.Of([.. all.Where(one => mine != true || one.Mine is { May: true })], cursor, limit, one => one);
    }

    private static async Task<PastDecisions> HistoryAsync(
        AuditTrail trail, Engine engine, RunViews views, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        try
        {
            var (entries, next) = await trail.ReadAsync(new AuditQuery { Kinds = Kinds }, cursor, Paging.Limit(limit), cancellationToken);
            var items = new List<PastDecision>(entries.Count);
            foreach (var entry in entries)
            {
                items.Add(await OfAsync(entry, engine, views, cancellationToken));
            }

            return new PastDecisions(items, next);
        }
        catch (FormatException exception)
        {
            throw ProblemException.BadRequest(exception.Message);
        }
    }

    private static async Task<RejectionResponse> RejectionAsync(
        Guid run, string path, OpenApprovals open, Engine engine, RejectionForecast forecast, CancellationToken cancellationToken)
    {
        var approval = (await open.ListAsync(cancellationToken)).Find(approval => approval.Run.Value == run && approval.Path.Value == path)
            ?? throw ProblemException.NotFound($"approval {path} that waits in run {run}");
        var runbook = await engine.FindRunbookAsync(approval.Digest, cancellationToken) ?? throw ProblemException.NotFound($"version {approval.Digest} of runbook {approval.Runbook}");
        return await forecast.OfAsync(approval, runbook, cancellationToken);
    }

    private static async Task<PastDecision> OfAsync(AuditEntry entry, Engine engine, RunViews views, CancellationToken cancellationToken)
    {
        var (kind, approved) = entry.Kind switch
        {
            "approval-decided" => ("approval", Text(entry, "decision") == "approved"),
            "incident-closed" => ("incident", true),
            "emergency-approved" => ("emergency-plan", true),
            "override-decided" => ("freeze-override", Text(entry, "decision") == "approved"),
            "freeze-removed" => ("freeze-removal", true),
            _ => ("freeze-removal", false),
        };
        var past = new PastDecision(
            entry.Id, kind, entry.At, entry.By, approved, Text(entry, "role"), Text(entry, "comment"), Text(entry, "onBehalfOf"), entry.Run, entry.Path, null, entry.Subject?.Split('/', 2)[^1])
        {
            Resolution = kind == "incident" ? Text(entry, "resolution") : null,
        };
        if (entry is not { Run: { } id, Path: { } path } || !Guid.TryParse(id, out var run))
        {
            return past;
        }

        var summary = await engine.FindAsync(new RunId(run), cancellationToken);
        var question = await views.ReadAsync(new RunId(run), view => view.Find(new StepPath(path))?.Approval?.Question, cancellationToken);
        return past with { Subject = summary?.Runbook, Question = question };
    }

    private static string? Text(AuditEntry entry, string name) =>
        entry.Detail is { ValueKind: JsonValueKind.Object } detail && detail.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
