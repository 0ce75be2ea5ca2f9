using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Server.Approvals;

/// <summary>A question that waits for people. Times are on the night's clock.</summary>
/// <param name="Quorum">Approvals needed, each from another person, never from the one who started the run.</param>
internal sealed record ApprovalAnswer(
    string Run,
    string Runbook,
    string Path,
    string Question,
    JsonElement? Evidence,
    IReadOnlyList<string> Roles,
    int Quorum,
    DateTimeOffset RequestedAt,
    DateTimeOffset? Deadline,
    string StartedBy,
    IReadOnlyList<DecisionAnswer> Decisions)
{
    public static ApprovalAnswer Of(OpenApproval open) => new(
        open.Run.ToString(), open.Runbook, open.Path.Value, open.Approval.Question, open.Approval.Evidence, open.Approval.Roles,
        open.Approval.Quorum, open.Approval.RequestedAt, open.Approval.Deadline, open.StartedBy,
        [.. open.Approval.Decisions.Select(DecisionAnswer.Of)]);
}

internal sealed record DecisionAnswer(string By, string Role, bool Approved, string? Comment, string? OnBehalfOf)
{
    public static DecisionAnswer Of(ApprovalDecided decided) => new(decided.By, decided.Role, decided.Approved, decided.Comment, decided.OnBehalfOf);
}

/// <param name="Path">The approval's step.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DecisionBody(string? Path, string? Comment, string? OnBehalfOf);

internal sealed record DecisionTaken(string Run, string Path, bool Approved, string By);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<ApprovalAnswer>))]
[JsonSerializable(typeof(DecisionBody))]
[JsonSerializable(typeof(DecisionTaken))]
internal sealed partial class ApprovalsJson : JsonSerializerContext;

/// <summary>Approvals: what waits, and people's decisions.</summary>
internal static class ApprovalsApi
{
    public static void MapApprovals(this IEndpointRouteBuilder app)
    {
        var approvals = app.MapGroup("/api/approvals").WithTags("approvals");
        approvals.MapGet("", ListAsync).WithSummary("A page of the approvals that wait.");
        approvals.MapPost("/{run:guid}/approve", (Guid run, DecisionBody body, HttpContext http, Engine engine) =>
            DecideAsync(run, body, true, http, engine)).WithSummary("Approves as the caller.");
        approvals.MapPost("/{run:guid}/reject", (Guid run, DecisionBody body, HttpContext http, Engine engine) =>
            DecideAsync(run, body, false, http, engine)).WithSummary("Rejects as the caller; one rejection rejects.");
    }

    private static async Task<Page<ApprovalAnswer>> ListAsync(OpenApprovals open, string? role, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var all = new List<OpenApproval>();
        await foreach (var approval in open.ListAsync(cancellationToken))
        {
            if (role is null || approval.Approval.Roles.Contains(role))
            {
                all.Add(approval);
            }
        }

        return Paging.Of(all, cursor, limit, ApprovalAnswer.Of);
    }

    private static async Task<DecisionTaken> DecideAsync(Guid run, DecisionBody body, bool approved, HttpContext http, Engine engine)
    {
        var person = People.Of(http);
        var path = body.Path is { Length: > 0 } given ? new StepPath(given) : throw ProblemException.BadRequest("Say which approval: path, as in go.");
        var input = new DecideApproval(path, person.Name, person.Roles, approved, body.Comment, body.OnBehalfOf);
        return await engine.RequestAsync(new RunId(run), input, http.RequestAborted) is { } refusal
            ? throw ProblemAnswers.Of(refusal)
            : new DecisionTaken(run.ToString(), path.Value, approved, person.Name);
    }
}
