using Orchestrator.Server.Api;

namespace Orchestrator.Server.Identity;

/// <summary>Asks the table of every request that changes something, before its handler runs; what the table does not know is refused.</summary>
internal static partial class AccessGuard
{
    /// <summary>After routing, which tells the address; before the store is asked for anything.</summary>
    public static IApplicationBuilder UseAccessGuard(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!Reads(context.Request.Method) && context.GetEndpoint() is RouteEndpoint endpoint) Check(context, endpoint);
        return next(context);
    });

    /// <summary>The address as the table writes it, as in <c>POST /api/runs/{id:guid}/pause</c>.</summary>
    public static string Address(string method, RouteEndpoint endpoint) => $"{method} /{endpoint.RoutePattern.RawText?.Trim('/')}";

    public static bool Reads(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    /// <summary>The caller, when it has the privilege. Throws <see cref="ProblemException"/> 401 or 403.</summary>
    public static Person Require(this HttpContext context, Privilege privilege) => Require(context, [privilege]);

    private static void Check(HttpContext context, RouteEndpoint endpoint)
    {
        var address = Address(context.Request.Method, endpoint);
        if (!AccessTable.Endpoints.TryGetValue(address, out var privileges))
        {
            LogNoRule(Logger(context), address);
            throw new ProblemException(StatusCodes.Status403Forbidden, "not-allowed", $"No rule says who may use {address}, so nobody may; this is a fault of the server.");
        }

        if (!privileges.Contains(Privilege.Anyone)) Require(context, [.. privileges]);
    }

    private static Person Require(HttpContext context, Privilege[] privileges)
    {
        var person = People.Of(context);
        var table = context.RequestServices.GetRequiredService<AccessTable>();
        if (privileges.Any(privilege => table.Has(person, privilege))) return person;

        // The first is what the address is for; the others are special cases of it.
        var (privilege, roles) = (Words.Of(privileges[0]), table.RolesOf(privileges[0]));
        LogRefused(Logger(context), person.Name, string.Join(',', person.Roles), context.Request.Method, context.Request.Path, privilege);
        throw new ProblemException(StatusCodes.Status403Forbidden, "role-missing", Reason(person, privilege, roles)) { Privilege = privilege, Roles = roles };
    }

    public static string Reason(Person person, string privilege, IReadOnlyList<string> roles) =>
        $"{person.Name} has {(person.Roles.IsEmpty ? "no role" : $"the roles {string.Join(", ", person.Roles)}")}, and this needs the privilege {privilege}. "
        + $"Somebody with {string.Join(" or ", roles.Select(role => role.Replace("+", " and ", StringComparison.Ordinal)))} can do it.";

    private static ILogger Logger(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Orchestrator.Access");

    [LoggerMessage(EventId = 9041, Level = LogLevel.Warning, Message = "{Person} ({Roles}) is refused {Method} {Path}: privilege {Privilege} missing")]
    private static partial void LogRefused(ILogger logger, string person, string roles, string method, string path, string privilege);

    [LoggerMessage(EventId = 9042, Level = LogLevel.Error, Message = "{Endpoint} has no entry in the access table and is refused to everybody")]
    private static partial void LogNoRule(ILogger logger, string endpoint);
}
