using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Api;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.SignIn;

/// <summary>Who the caller is.</summary>
/// <param name="Name">The name that is kept and compared.</param>
/// <param name="Shown">The name as it was typed.</param>
/// <param name="Identity">How that is known: <c>claimed</c>, by the caller's own word, until people sign in at a provider.</param>
/// <param name="Privileges">What the caller may do, and why not the rest. Approvals ask for the roles that their runbooks name, and are not among them.</param>
internal sealed record MeResponse(string Name, string Shown, IReadOnlyList<string> Roles, string Identity, IReadOnlyList<PrivilegeResponse> Privileges)
{
    public static MeResponse Of(Person person, AccessTable table) => new(
        person.Name, person.Shown, person.Roles, "claimed",
        [.. Enum.GetValues<Privilege>().Where(privilege => privilege is not (Privilege.Anyone or Privilege.Named)).Select(privilege => PrivilegeResponse.Of(person, privilege, table))]);
}

/// <summary>Something that only some roles may do.</summary>
/// <param name="Roles">Those that may; <c>a+b</c> is both.</param>
/// <param name="Reason">Why the caller may not; null: it may.</param>
internal sealed record PrivilegeResponse(string Privilege, bool May, IReadOnlyList<string> Roles, string? Reason)
{
    public static PrivilegeResponse Of(Person person, Privilege privilege, AccessTable table)
    {
        var (word, roles, may) = (Words.Of(privilege), table.RolesOf(privilege), table.Has(person, privilege));
        return new PrivilegeResponse(word, may, roles, may ? null : AccessGuard.Reason(person, word, roles));
    }
}

/// <summary>An address that changes something, and what it asks for.</summary>
/// <param name="Endpoint">As in <c>POST /api/runs/{id:guid}/pause</c>.</param>
/// <param name="Privileges">Any one of them opens it; the content may ask for more. <c>anyone</c> asks for nothing, <c>named</c> for a name.</param>
/// <param name="Roles">Those that have one of them; <c>a+b</c> is both. Empty: every caller that says who it is, or everybody.</param>
internal sealed record EndpointAccess(string Endpoint, IReadOnlyList<string> Privileges, IReadOnlyList<string> Roles);

/// <summary>Who uses a browser.</summary>
/// <param name="Person">Null while nobody is signed in.</param>
/// <param name="SignIn">How one signs in here: <c>claimed</c>, by a name and roles that are taken on trust.</param>
internal sealed record SessionResponse(MeResponse? Person, string SignIn);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record SignInRequest(string? Name, IReadOnlyList<string>? Roles);

/// <summary>A role that somebody may decide in, or one of viewer, operator, engineer and admin.</summary>
/// <param name="Runbooks">Those with approvals that ask it, after an escalation too.</param>
/// <param name="People">Simulated people of the settings who have it.</param>
internal sealed record RoleResponse(string Role, IReadOnlyList<string> Runbooks, IReadOnlyList<string> People);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MeResponse))]
[JsonSerializable(typeof(SessionResponse))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(Page<RoleResponse>))]
[JsonSerializable(typeof(Page<EndpointAccess>))]
internal sealed partial class IdentityJson : JsonSerializerContext;

/// <summary>Signing in by one's word, and who there is to be.</summary>
internal static class IdentityApi
{
    public static void MapIdentity(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me", (HttpContext http, AccessTable table) => MeResponse.Of(People.Of(http), table)).WithTags("identity").WithSummary("Who the caller is and what it may do; 401 when it has not said so.").WithoutStore();
        app.MapGet("/api/session", (HttpContext http, AccessTable table) => new SessionResponse(People.Find(http) is { } person ? MeResponse.Of(person, table) : null, "claimed"))
            .WithTags("identity").WithSummary("Who uses this browser, if anybody, and how one signs in.").WithoutStore();
        app.MapPost("/api/session", SignIn).WithTags("identity").WithSummary("Signs a browser in by name and roles, taken on trust on the loopback address only.").WithoutStore();
        app.MapDelete("/api/session", SignOut).WithTags("identity").WithSummary("Signs the browser out.").WithoutStore();
        app.MapGet("/api/access", Access).WithTags("identity").WithSummary("A page of the addresses that change something, with the privileges and roles that they ask for.").WithoutStore();
        app.MapGet("/api/roles", RolesAsync).Gated().WithTags("identity").WithSummary("A page of the roles that runbooks ask and people have.");
    }

    private static MeResponse SignIn(SignInRequest body, HttpContext http, AccessTable table)
    {
        var roles = (body.Roles ?? []).Select(role => role.Trim()).Where(role => role.Length > 0).ToList();
        var name = body.Name?.Trim() ?? "";
        if (name.Contains(':', StringComparison.Ordinal) || roles.Exists(role => !Person.IsRole(role)))
        {
            throw ProblemException.BadRequest("Give a name without ':' and roles of letters, digits, '.', '_' and '-', as in { \"name\": \"alice\", \"roles\": [\"commander\"] }.");
        }

        var person = Person.TryParse(roles.Count == 0 ? name : $"{name}:{string.Join(',', roles)}", out var read, out var diagnostic) ? read : throw People.BadName(diagnostic);
        People.SignIn(http, person);
        return MeResponse.Of(person, table);
    }

    private static Page<EndpointAccess> Access(AccessTable table, string? cursor, int? limit) => Paging.Of(
        [.. AccessTable.Endpoints.OrderBy(entry => entry.Key, StringComparer.Ordinal)], cursor, limit,
        entry => new EndpointAccess(entry.Key, [.. entry.Value.Select(Words.Of)], [.. entry.Value.SelectMany(privilege => table.RolesOf(privilege)).Distinct(StringComparer.Ordinal)]));

    private static NoContent SignOut(HttpContext http)
    {
        People.SignOut(http);
        return TypedResults.NoContent();
    }

    private static async Task<Page<RoleResponse>> RolesAsync(
        HttpContext http, RunbookCatalog catalog, PublishedVersions published, Settings settings, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var library = catalog.Library;
        var asked = library.Names.Order(StringComparer.Ordinal)
            .Select(name => (Name: name, library.Find(name)!.Text))
            .SelectMany(runbook => Asked(catalog.ReadDraft(runbook.Text, http.Budget())).Select(role => (Role: role, Runbook: runbook.Name)))
            .ToLookup(pair => pair.Role, pair => pair.Runbook, StringComparer.Ordinal);
        var people = settings.SimulatedPeople.SelectMany(person => person.Roles.Select(role => (Role: role, person.Name))).ToLookup(pair => pair.Role, pair => pair.Name, StringComparer.Ordinal);
        return Paging.Of(
            [.. asked.Select(group => group.Key).Union(people.Select(group => group.Key)).Union(AccessTable.BuiltIn).Order(StringComparer.Ordinal)], cursor, limit,
            role => new RoleResponse(role, [.. asked[role].Distinct()], [.. people[role]]));
    }

    private static IEnumerable<string> Asked(Runbook? runbook) =>
        runbook is null ? [] : runbook.Steps.Flatten().OfType<ApprovalStep>().SelectMany(step => step.Roles.Concat(step.EscalateTo)).Distinct();
}
