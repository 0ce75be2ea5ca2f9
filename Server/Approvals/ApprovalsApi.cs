using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Server.Api;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Pipeline;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Approvals;

/// <summary>Approvals: what waits, and people's decisions.</summary>
internal static class ApprovalsApi
{
    public static void MapApprovals(this IEndpointRouteBuilder app)
    {
        var approvals = app.MapGroup("/api/approvals").WithTags("approvals");
        approvals.MapGet("", ListAsync).WithSummary("A page of the approvals that wait, the longest waiting first; mine: only those that the caller may decide on.");
        approvals.MapGet("/{run:guid}", ShowAsync).Gated().WithSummary("The approval at path: what it will touch, the evidence, whether the caller may decide.");
        approvals.MapPost("/{run:guid}/approve", (Guid run, DecisionRequest body, HttpContext http, Engine engine, Delegations delegations, PromotionEnvironment environment) =>
            DecideAsync(run, body, true, http, engine, delegations, environment)).WithSummary("Approves as the caller.");
        approvals.MapPost("/{run:guid}/reject", (Guid run, DecisionRequest body, HttpContext http, Engine engine, Delegations delegations, PromotionEnvironment environment) =>
            DecideAsync(run, body, false, http, engine, delegations, environment)).WithSummary("Rejects as the caller; one rejection rejects.");
        approvals.MapDelegations();
    }

    private static async Task<Page<ApprovalResponse>> ListAsync(
        HttpContext http, OpenApprovals open, Delegations delegations, PromotionEnvironment environment, string? role, bool? mine, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var entitled = await EntitledAsync(http, delegations, environment, cancellationToken);
        if (mine == true && entitled is null)
        {
            _ = People.Of(http);
        }

        var all = (await open.ListAsync(cancellationToken))
            .Where(approval => role is null || approval.Approval.Roles.Contains(role))
            .Select(approval => (Approval: approval, Mine: entitled?.Invoke(approval)))
            .Where(pair => mine != true || pair.Mine is { May: true });
        return Paging.Of([.. all], cursor, limit, pair => ApprovalResponse.Of(pair.Approval, pair.Mine));
    }

    /// <summary>Judges for the caller; null when it did not say who it is.</summary>
    public static async Task<Func<OpenApproval, Entitlement>?> EntitledAsync(HttpContext http, Delegations delegations, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        if (People.Find(http) is not { } person)
        {
            return null;
        }

        await delegations.RefreshAsync(cancellationToken);
        var held = delegations.To(person.Name, environment.Time.GetUtcNow()).ToImmutableArray();
        return approval => Entitlement.Of(person, approval, held);
    }

    private static async Task<ApprovalDetail> ShowAsync(
        Guid run, string path, HttpContext http, OpenApprovals open, Engine engine, RunViews views, RunbookCatalog catalog, FleetViewer viewer, ProfileSet profiles,
        Delegations delegations, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var approval = (await open.ListAsync(cancellationToken)).Find(approval => approval.Run.Value == run && approval.Path.Value == path)
            ?? throw ProblemException.NotFound($"approval {path} that waits in run {run}");
        var entitled = await EntitledAsync(http, delegations, environment, cancellationToken);
        var runbook = await engine.FindRunbookAsync(approval.Digest, cancellationToken) ?? throw ProblemException.NotFound($"version {approval.Digest} of runbook {approval.Runbook}");
        var inputs = await views.ReadAsync(approval.Run, view => view.Started!.Inputs, cancellationToken);
        var (lines, until) = Consequences.Of(catalog.Plan(runbook, inputs, $"{runbook.Name}.yaml", http.Budget()), approval.Path);
        var (fleet, _, _) = await viewer.ReadAsync(cancellationToken);
        var acting = lines.Where(line => !line.Skipped).ToImmutableArray();
        return new ApprovalDetail(
            ApprovalResponse.Of(approval, entitled?.Invoke(approval)), WorkflowJson.ToElement(lines), until,
            acting.Where(line => line.Effect is not null).CountBy(line => Words.Of(line.Effect!.Value)).ToDictionary(),
            [.. acting.Where(line => line.Irreversible).Select(line => line.Path)],
            new ApprovalEvidence(
                [.. fleet.Units.Values.Where(unit => unit.Phase.IsAlive()).Select(unit => new UnitVerdict(unit.Id, Words.Of(unit.Phase), unit.Inspected, unit.Findings))],
                [.. Consequences.Guards(acting, fleet, environment.Fleet.Fleet)],
                [.. Invariants.Check(fleet, profiles).Select(broken => new InvariantResponse(broken.Name, broken.Subject, broken.Message))]));
    }

    private static async Task<DecisionTaken> DecideAsync(
        Guid run, DecisionRequest body, bool approved, HttpContext http, Engine engine, Delegations delegations, PromotionEnvironment environment)
    {
        var person = People.Of(http);
        var path = body.Path is { Length: > 0 } given ? new StepPath(given) : throw ProblemException.BadRequest("Say which approval: path, as in go.");
        var roles = person.Roles;
        string? behalf = null;
        if (body.OnBehalfOf is { } typed)
        {
            var from = PersonId.TryParse(typed, out var giver, out var diagnostic) ? giver : throw People.BadName(diagnostic);
            behalf = from.Value;
            await delegations.RefreshAsync(http.RequestAborted);
            roles = [.. delegations.To(person.Name, environment.Time.GetUtcNow()).Where(delegation => FourEyes.Same(delegation.From, behalf)).SelectMany(delegation => delegation.Roles).Distinct()];
            if (roles.IsEmpty)
            {
                throw new ProblemException(
                    StatusCodes.Status403Forbidden, "not-delegated", $"{from} has delegated nothing to {person.Name} that holds now; {from} can, with POST /api/approvals/delegations.");
            }
        }

        var input = new DecideApproval(path, person.Name, roles, approved, body.Comment, behalf);
        return await engine.RequestAsync(new RunId(run), input, http.RequestAborted) is { } refusal
            ? throw ProblemResponses.Of(refusal)
            : new DecisionTaken(run.ToString(), path.Value, approved, person.Name, behalf);
    }
}
