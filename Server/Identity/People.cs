using System.Net;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Identity;

/// <summary>
/// Who sends a request: the one seam where signing in will come in. Until then a name and roles are taken from the
/// caller's word, which is why they are taken on the loopback address only and every answer to one says so.
/// </summary>
internal static class People
{
    /// <summary>The caller, as <c>name</c> or <c>name:role,role</c>.</summary>
    public const string Header = "X-Orchestrator-User";

    /// <summary>Says in answers how the caller was identified.</summary>
    public const string LabelHeader = "X-Orchestrator-Identity";

    /// <summary>Where a browser keeps what somebody said who signed in: event streams and links cannot carry a header.</summary>
    private const string Cookie = "orchestrator-user";

    /// <summary>The caller. Throws <see cref="ProblemException"/> 401 when it does not say who it is, 403 when its word is not taken.</summary>
    public static Person Of(HttpContext context) => Find(context)
        ?? throw new ProblemException(StatusCodes.Status401Unauthorized, "who-are-you", $"Sign in, or say who you are in the header {Header}, as name or name:role,role.");

    /// <summary>
    /// The caller; null when it does not say who it is, which only matters to those who act. The header counts before the cookie.
    /// Throws <see cref="ProblemException"/> 400 for a name that is none.
    /// </summary>
    public static Person? Find(HttpContext context)
    {
        var headers = context.Request.Headers[Header];
        if (headers.Count > 1) throw BadName($"the header {Header} may stand once only");

        var person = headers.ToString() is { Length: > 0 } header
            ? Person.TryParse(header, out var said, out var diagnostic) ? said : throw BadName(diagnostic)
            : FromCookie(context.Request);
        if (person is null)
        {
            return null;
        }

        CheckTrust(context);
        context.Response.Headers[LabelHeader] = "claimed";
        return person;
    }

    /// <summary>Remembers the person in the browser until it closes. Throws as <see cref="Of"/> does.</summary>
    public static void SignIn(HttpContext context, Person person)
    {
        CheckTrust(context);
        context.Response.Cookies.Append(Cookie, person.ToString(), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });
        context.Response.Headers[LabelHeader] = "claimed";
    }

    public static void SignOut(HttpContext context) => context.Response.Cookies.Delete(Cookie);

    /// <summary>400: somebody says who they are in a way that nobody can be.</summary>
    public static ProblemException BadName(string diagnostic) => new(StatusCodes.Status400BadRequest, "bad-name", $"This is no person: {diagnostic}.");

    private static void CheckTrust(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, "not-allowed", "Names are taken on trust on the loopback address only; act from the machine itself.");
        }
    }

    /// <summary>Browsers send the cookie for pages of any local port; only this server's own may act with it.</summary>
    private static Person? FromCookie(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Authority != request.Host.Value)
            ? null
            : request.Cookies[Cookie] is { } text ? Person.Parse(text) : null;
}
