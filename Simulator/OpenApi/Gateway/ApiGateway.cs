using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>
/// The door of the simulated OpenAPI. A call is told by its header <c>x-acs-action</c>; the version names the product, so that all
/// products share one address. In order: signature, permission, throttling, client token, dry run, the action itself.
/// </summary>
internal sealed class ApiGateway : IDisposable
{
    public const string ActionHeader = "x-acs-action";

    private const long LargestBody = 1024 * 1024;

    private static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false };

    private readonly FrozenDictionary<(string Version, string Name), ApiAction> _actions;
    private readonly FrozenSet<string> _versions;
    private readonly FrozenDictionary<string, Regex> _paths;
    private readonly SignatureCheck _signatures;
    private readonly CallLimits _limits;
    private readonly ClientTokens _tokens = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Func<string, bool> _regionExists;
    private readonly string _home;

    /// <param name="home">The region of calls that name none.</param>
    public ApiGateway(IEnumerable<ApiAction> actions, AccessKeys keys, SimulatedCloudOptions options, Func<string, bool> regionExists, string home)
    {
        _actions = actions.ToFrozenDictionary(action => (action.Version, action.Name));
        _versions = _actions.Values.Select(action => action.Version).ToFrozenSet();
        _paths = _actions.Values.Where(action => action.Route is not null).ToFrozenDictionary(
            action => action.Name, action => new Regex("^" + Regex.Replace(action.Route!.Value.Path, @"\{(\w+)\}", "(?<$1>[^/]+)") + "$", RegexOptions.CultureInvariant));
        _signatures = new SignatureCheck(keys, options.SystemClock);
        _limits = new CallLimits(options.CallsPerMinute, options.EnvironmentClock);
        _regionExists = regionExists;
        _home = home;
    }

    public static bool IsCall(HttpRequest request) => request.Headers.ContainsKey(ActionHeader);

    /// <summary>How fault plans name the call: <c>/openapi/ecs/RunInstances</c>.</summary>
    public string NameOf(HttpRequest request) =>
        Find(request) is { } action ? $"/openapi/{action.Product}/{action.Name}" : $"/openapi/{request.Headers[ActionHeader]}";

    public async Task HandleAsync(HttpContext context)
    {
        var id = Guid.NewGuid().ToString().ToUpperInvariant();
        var action = Find(context.Request);
        try
        {
            var body = await BodyAsync(context.Request, context.RequestAborted);
            var answer = await AnswerAsync(context, action, body);
            answer[action!.Route is null ? "RequestId" : "request_id"] = id;
            await WriteAsync(context, 200, answer, id);
        }
        catch (ApiRefusal refusal)
        {
            await RefuseAsync(context, refusal, action, id);
        }
    }

    /// <summary>Writes an error without looking at the call any further.</summary>
    public Task RefuseAsync(HttpContext context, ApiRefusal refusal) => RefuseAsync(context, refusal, Find(context.Request), Guid.NewGuid().ToString().ToUpperInvariant());

    public void Dispose() => _gate.Dispose();

    private ApiAction? Find(HttpRequest request) => _actions.GetValueOrDefault((request.Headers["x-acs-version"].ToString(), request.Headers[ActionHeader].ToString()));

    private async Task<JsonObject> AnswerAsync(HttpContext context, ApiAction? action, byte[] body)
    {
        var request = context.Request;
        var version = request.Headers["x-acs-version"].ToString();
        if (action is null)
        {
            throw _versions.Contains(version)
                ? new ApiRefusal(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.")
                : new ApiRefusal(404, "InvalidVersion", $"Specified parameter Version '{version}' is not valid.");
        }

        var caller = action.Anonymous && request.Headers.Authorization.Count == 0 ? null : _signatures.Check(context, body);
        if (caller is not null && !caller.May(action.Permission))
        {
            throw new ApiRefusal(403, "Forbidden.RAM", "User not authorized to operate on the specified resource, or this API doesn't support RAM.") { DeniedAction = action.Permission, DeniedTo = caller.DisplayName };
        }

        _limits.Count(caller?.Id ?? "", action);
        var parameters = ParametersOf(request, action, body);
        var region = ApiCall.TextOf(parameters["RegionId"]) ?? ApiCall.TextOf(parameters["region_id"]) ?? _home;
        if (!_regionExists(region))
        {
            throw new ApiRefusal(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.");
        }

        var call = new ApiCall(action, parameters, caller, region) { Host = request.Host.Value ?? "" };
        await _gate.WaitAsync(context.RequestAborted);
        try
        {
            if (_tokens.Find(call) is { } before)
            {
                return before;
            }

            if (action.Changes && call.Says("DryRun"))
            {
                throw new ApiRefusal(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.");
            }

            var answer = await action.AnswerAsync(call);
            _tokens.Keep(call, answer);
            return answer;
        }
        finally
        {
            _gate.Release();
        }
    }

    private JsonObject ParametersOf(HttpRequest request, ApiAction action, byte[] body)
    {
        var query = request.Query.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()));
        if (action.Route is not { } route)
        {
            var form = request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal) is true
                ? QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()))
                : [];
            return Unflattening.Of(query.Concat(form));
        }

        var met = _paths[action.Name].Match(request.Path.Value ?? "");
        if (request.Method != route.Method || !met.Success)
        {
            throw new ApiRefusal(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.");
        }

        var parameters = Parse(body);
        foreach (var (name, value) in query)
        {
            parameters[name] = value;
        }

        foreach (var group in met.Groups.Values.Where(group => !char.IsAsciiDigit(group.Name[0])))
        {
            parameters[group.Name] = Uri.UnescapeDataString(group.Value);
        }

        return parameters;
    }

    private static JsonObject Parse(byte[] body)
    {
        try
        {
            return body.Length == 0 ? [] : JsonNode.Parse(body, documentOptions: strict) as JsonObject ?? throw new ApiRefusal(400, "InvalidBody", "The body is no JSON object.");
        }
        catch (JsonException wrong)
        {
            throw new ApiRefusal(400, "InvalidBody", $"The body is no JSON: {wrong.Message}");
        }
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > LargestBody)
            {
                throw new ApiRefusal(413, "RequestBodyTooLarge", "The body is too large.");
            }
        }

        return body.ToArray();
    }

    private static Task RefuseAsync(HttpContext context, ApiRefusal refusal, ApiAction? action, string id)
    {
        if (refusal.RetryAfter is { } milliseconds)
        {
            context.Response.Headers["x-acs-retry-after"] = milliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var denied = refusal.DeniedAction is null ? null : new JsonObject
        {
            ["AuthAction"] = refusal.DeniedAction,
            ["AuthPrincipalType"] = "SubUser",
            ["AuthPrincipalDisplayName"] = refusal.DeniedTo,
            ["AuthPrincipalOwnerId"] = AccessKeys.Account,
            ["NoPermissionType"] = "ImplicitDeny",
            ["PolicyType"] = "AccountLevelIdentityBasedPolicy",
        };
        JsonObject body = action?.Route is not null
            ? new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message, ["requestId"] = id, ["status"] = refusal.Status, ["accessDeniedDetail"] = denied }
            : new JsonObject
            {
                ["RequestId"] = id,
                ["HostId"] = context.Request.Host.Value,
                ["Code"] = refusal.Code,
                ["Message"] = refusal.Message,
                ["Recommend"] = $"https://api.aliyun.com/troubleshoot?q={refusal.Code}",
            };
        if (denied is not null && action?.Route is null)
        {
            body["AccessDeniedDetail"] = denied;
        }

        return WriteAsync(context, refusal.Status, body, id);
    }

    private static Task WriteAsync(HttpContext context, int status, JsonObject body, string id)
    {
        context.Response.Headers["x-acs-request-id"] = id;
        return Bodies.WriteAsync(context, status, body);
    }
}
