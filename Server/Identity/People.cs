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

    /// <summary>The caller. Throws <see cref="ProblemException"/> 401 when it does not say who it is, 403 when its word is not taken.</summary>
    public static Person Of(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, "not-allowed", "Names are taken on trust on the loopback address only; act from the machine itself.");
        }

        var person = Person.Parse(context.Request.Headers[Header].ToString())
            ?? throw new ProblemException(StatusCodes.Status401Unauthorized, "who-are-you", $"Say who you are in the header {Header}, as name or name:role,role.");
        context.Response.Headers[LabelHeader] = "claimed";
        return person;
    }
}
