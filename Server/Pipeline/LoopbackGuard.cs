using System.Net;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Pipeline;

/// <summary>
/// Refuses requests that a web page of another site sends through somebody's browser. The API trusts the loopback address,
/// and a page can reach that address under a name of its own (DNS rebinding): only the Host header then tells.
/// </summary>
internal static class LoopbackGuard
{
    public static IApplicationBuilder UseLoopbackGuard(this IApplicationBuilder app) => app.Use((context, next) =>
        !IsLoopback(context.Request.Host.Host)
            ? throw new ProblemException(
                StatusCodes.Status421MisdirectedRequest, "wrong-host", $"This server answers as 127.0.0.1, [::1] and localhost only, not as '{context.Request.Host.Host}'.")
        : context.Request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(origin)
            ? throw new ProblemException(StatusCodes.Status403Forbidden, "wrong-origin", $"Pages of {origin} may not use this server.")
        : next(context));

    private static bool IsOwn(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var address) && IsLoopback(address.Host);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
