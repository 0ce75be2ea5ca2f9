using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Api;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Server.Identity;

/// <summary>Who the caller is.</summary>
/// <param name="Identity">How that is known: <c>claimed</c>, by the caller's own word, until people sign in at a provider.</param>
internal sealed record MeAnswer(string Name, IReadOnlyList<string> Roles, string Identity)
{
    public static MeAnswer Of(Person person) => new(person.Name, person.Roles, "claimed");
}

/// <summary>Who uses a browser.</summary>
/// <param name="Person">Null while nobody is signed in.</param>
/// <param name="SignIn">How one signs in here: <c>claimed</c>, by a name and roles that are taken on trust.</param>
internal sealed record SessionAnswer(MeAnswer? Person, string SignIn);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record SignInBody(string? Name, IReadOnlyList<string>? Roles);

/// <summary>A role that somebody may decide in.</summary>
/// <param name="Runbooks">Those with approvals that ask it, after an escalation too.</param>
/// <param name="People">Simulated people of the settings who have it.</param>
internal sealed record RoleAnswer(string Role, IReadOnlyList<string> Runbooks, IReadOnlyList<string> People);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MeAnswer))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(SignInBody))]
[JsonSerializable(typeof(Page<RoleAnswer>))]
internal sealed partial class IdentityJson : JsonSerializerContext;

/// <summary>Signing in by one's word, and who there is to be.</summary>
internal static class IdentityApi
{
    public static void MapIdentity(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me", (HttpContext http) => MeAnswer.Of(People.Of(http))).WithTags("identity").WithSummary("Who the caller is; 401 when it has not said so.").WithoutStore();
        app.MapGet("/api/session", (HttpContext http) => new SessionAnswer(People.Find(http) is { } person ? MeAnswer.Of(person) : null, "claimed"))
            .WithTags("identity").WithSummary("Who uses this browser, if anybody, and how one signs in.").WithoutStore();
        app.MapPost("/api/session", SignIn).WithTags("identity").WithSummary("Signs a browser in by name and roles, taken on trust on the loopback address only.").WithoutStore();
        app.MapDelete("/api/session", SignOut).WithTags("identity").WithSummary("Signs the browser out.").WithoutStore();
        app.MapGet("/api/roles", RolesAsync).WithTags("identity").WithSummary("A page of the roles that runbooks ask and people have.");
    }

    private static MeAnswer SignIn(SignInBody body, HttpContext http)
    {
        var roles = (body.Roles ?? []).Select(role => role.Trim()).Where(role => role.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var name = body.Name?.Trim() ?? "";
        var text = roles.Count == 0 ? name : $"{name}:{string.Join(',', roles)}";
        if (name.Contains(':', StringComparison.Ordinal) || roles.Exists(role => role.Any(c => c is ',' or ':' || char.IsControl(c))) || Person.Parse(text) is not { } person)
        {
            throw ProblemException.BadRequest("Give a name without ':' and roles without ',' or ':', as in { \"name\": \"alice\", \"roles\": [\"commander\"] }.");
        }

        People.SignIn(http, person);
        return MeAnswer.Of(person);
    }

    private static NoContent SignOut(HttpContext http)
    {
        People.SignOut(http);
        return TypedResults.NoContent();
    }

    private static async Task<Page<RoleAnswer>> RolesAsync(
        RunbookShelf shelf, Publications publications, Settings settings, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        await publications.RefreshAsync(cancellationToken);
        var library = shelf.Library;
        var asked = library.Names.Order(StringComparer.Ordinal)
            .Select(name => (Name: name, library.Find(name)!.Text))
            .SelectMany(runbook => Asked(shelf.ReadDraft(runbook.Text)).Select(role => (Role: role, Runbook: runbook.Name)))
            .ToLookup(pair => pair.Role, pair => pair.Runbook, StringComparer.Ordinal);
        var people = settings.SimulatedPeople.SelectMany(person => person.Roles.Select(role => (Role: role, person.Name))).ToLookup(pair => pair.Role, pair => pair.Name, StringComparer.Ordinal);
        return Paging.Of(
            [.. asked.Select(group => group.Key).Union(people.Select(group => group.Key)).Order(StringComparer.Ordinal)], cursor, limit,
            role => new RoleAnswer(role, [.. asked[role].Distinct()], [.. people[role]]));
    }

    private static IEnumerable<string> Asked(Runbook? runbook) =>
        runbook is null ? [] : runbook.Steps.Flatten().OfType<ApprovalStep>().SelectMany(step => step.Roles.Concat(step.EscalateTo)).Distinct();
}
