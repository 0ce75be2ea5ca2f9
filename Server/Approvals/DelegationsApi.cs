using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Workflows.Model.People;

namespace Orchestrator.Server.Approvals;

/// <param name="Holds">It is worth something now: not revoked, and its time is not over.</param>
internal sealed record DelegationResponse(
    string Id, string From, string To, IReadOnlyList<string> Roles, DateTimeOffset At, DateTimeOffset Until, string Reason, bool Holds, string? RevokedBy, DateTimeOffset? RevokedAt)
{
    public static DelegationResponse Of(Delegation delegation, DateTimeOffset now) => new(
        delegation.Id, delegation.From, delegation.To, delegation.Roles, delegation.At, delegation.Until, delegation.Reason, delegation.Holds(now),
        delegation.Revoked?.By, delegation.Revoked?.At);
}

/// <param name="Roles">Of the caller's own.</param>
/// <param name="Until">On the environment clock; at most 30 days from now.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DelegationRequest(string? To, IReadOnlyList<string>? Roles, DateTimeOffset? Until, string? Reason);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RevocationRequest(string? Reason);

/// <summary>Delegations: grant, list, revoke.</summary>
internal static class DelegationsApi
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static void MapDelegations(this IEndpointRouteBuilder approvals)
    {
        approvals.MapGet("/delegations", ListAsync).WithSummary("A page of the delegations, newest first; those that hold now, or all.");
        approvals.MapPost("/delegations", GrantAsync).WithSummary("Delegates the caller's decisions in some of its roles to somebody else for a while.")
            .Produces<DelegationResponse>(StatusCodes.Status201Created);
        approvals.MapPost("/delegations/{id}/revoke", RevokeAsync).WithSummary("Takes a delegation back; whoever gave or got it can.");
    }

    private static async Task<Page<DelegationResponse>> ListAsync(
        Delegations delegations, PromotionEnvironment environment, string? from, string? to, bool? all, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        await delegations.RefreshAsync(cancellationToken);
        var now = environment.Time.GetUtcNow();
        var found = delegations.All.Reverse()
            .Where(delegation => (all == true || delegation.Holds(now)) && (from is null || FourEyes.Same(delegation.From, from)) && (to is null || FourEyes.Same(delegation.To, to)));
        return Paging.Of([.. found], cursor, limit, delegation => DelegationResponse.Of(delegation, now));
    }

    private static async Task<IResult> GrantAsync(DelegationRequest body, HttpContext http, Delegations delegations, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var now = environment.Time.GetUtcNow();
        var to = PersonId.TryParse(body.To, out var other, out var diagnostic) ? other.Value
            : throw (string.IsNullOrWhiteSpace(body.To) ? ProblemException.BadRequest("Say to whom: to, a person's name.") : People.BadName(diagnostic));
        var roles = (body.Roles ?? []).Distinct(StringComparer.Ordinal).ToImmutableArray();
        var until = body.Until ?? throw ProblemException.BadRequest("Say until when: until, a time with offset on the environment clock.");
        if (other == person.Id)
        {
            throw ProblemException.BadRequest("Nobody delegates to themselves.");
        }

        if (roles.IsEmpty)
        {
            throw ProblemException.BadRequest($"Say which roles; yours are {string.Join(", ", person.Roles)}.");
        }

        if (roles.Except(person.Roles).ToList() is { Count: > 0 } missing)
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, "role-missing", $"{person.Name} has no role {string.Join(", ", missing)} to delegate; what was delegated to somebody cannot be passed on.");
        }

        if (until <= now || until > now + Longest)
        {
            throw ProblemException.BadRequest($"until must be after now, which is {now:O} on the environment clock, and at most {Longest.TotalDays:0} days away.");
        }

        var reason = body.Reason?.Trim() is { Length: > 0 } text ? text : throw ProblemException.BadRequest("Say why: reason.");
        var granted = await delegations.GrantAsync(person, new DelegationGranted(to, roles, until, reason), now, cancellationToken);
        return TypedResults.Created($"/api/approvals/delegations/{granted.Id}", DelegationResponse.Of(granted, now));
    }

    private static async Task<DelegationResponse> RevokeAsync(
        string id, RevocationRequest? body, HttpContext http, Delegations delegations, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        await delegations.RefreshAsync(cancellationToken);
        var delegation = delegations.Find(id) ?? throw ProblemException.NotFound($"delegation {id}");
        if (!FourEyes.Same(person.Name, delegation.From) && !FourEyes.Same(person.Name, delegation.To))
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, "not-allowed", $"Only {delegation.From}, who gave it, and {delegation.To}, who got it, can take this delegation back.");
        }

        var now = environment.Time.GetUtcNow();
        return DelegationResponse.Of(await delegations.RevokeAsync(delegation, person.Name, body?.Reason, now, cancellationToken), now);
    }
}
