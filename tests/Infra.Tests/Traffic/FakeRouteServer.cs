using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>An API server with one HTTPRoute and a controller that behave as a test wants; bodies are those of a real one.</summary>
internal sealed class FakeRouteServer : IAsyncDisposable
{
    public const string Path = "/apis/gateway.networking.k8s.io/v1/namespaces/trading/httproutes/trading";

    private readonly WebApplication _application;
    private readonly Lock _gate = new();
    private readonly List<ClusterConnection> _connections = [];

    private FakeRouteServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    /// <summary>As it is stored. A test may change it between two requests.</summary>
    public JsonObject Route { get; } = JsonNode.Parse("""
        {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute",
         "metadata":{"name":"trading","namespace":"trading","resourceVersion":"10","generation":1},
         "spec":{"parentRefs":[{"name":"edge"}],"rules":[{"backendRefs":[{"name":"home","port":80,"weight":100}]}]},
         "status":{"parents":[{"parentRef":{"name":"edge"},"controllerName":"example.com/edge","conditions":[
           {"type":"Accepted","status":"True","reason":"Accepted","message":"","observedGeneration":1},
           {"type":"ResolvedRefs","status":"True","reason":"ResolvedRefs","message":"","observedGeneration":1}]}]}}
        """)!.AsObject();

    /// <summary>Requests by method, and the query of each.</summary>
    public List<(string Method, string Query, JsonObject? Body)> Requests { get; } = [];

    /// <summary>Answers a request itself when it gives true. Default: none.</summary>
    public Func<HttpContext, JsonObject?, Task<bool>> Before { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>What the controller does with a route that was just written. Default: it accepts it at once.</summary>
    public Action<JsonObject> Controller { get; set; } = Accept;

    /// <summary>Whether the answer to a patch that has taken its effect is lost.</summary>
    public Func<bool> Loses { get; set; } = () => false;

    public long Generation => Route["metadata"]!["generation"]!.GetValue<long>();

    public JsonArray Backends => Route["spec"]!["rules"]![0]!["backendRefs"]!.AsArray();

    public static async Task<FakeRouteServer> StartAsync()
    {
        var server = new FakeRouteServer();
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public HttpRouteRouter Router(TrafficOptions? options = null, double speed = 1000)
    {
        options ??= new TrafficOptions();
        var connection = new ClusterConnection("edge", ClusterAccess.Of("edge", new ClusterEndpoint { Server = new Uri(_application.Urls.First()) }, null), EnvironmentClock.StartingNow(speed), TimeProvider.System);
        _connections.Add(connection);
        return new HttpRouteRouter(connection, options, new BackendNames(options.Backends.ToDictionary(pair => pair.Key, pair => pair.Value!), options.Pattern));
    }

    public static void Accept(JsonObject route) => Say(route, "ResolvedRefs", "True", "ResolvedRefs", "");

    /// <summary>All conditions hold but the one that is given.</summary>
    public static void Say(JsonObject route, string type, string status, string reason, string message)
    {
        foreach (var condition in route["status"]!["parents"]![0]!["conditions"]!.AsArray().OfType<JsonObject>())
        {
            var given = condition["type"]!.ToString() == type;
            (condition["status"], condition["reason"], condition["message"]) = given ? (status, reason, message) : ("True", condition["type"]!.ToString(), "");
            condition["observedGeneration"] = route["metadata"]!["generation"]!.GetValue<long>();
        }
    }

    /// <summary>Writes the weights as somebody else.</summary>
    public void Change(params (string Name, int Weight)[] weights)
    {
        lock (_gate)
        {
            Route["spec"]!["rules"]![0]!["backendRefs"] = new JsonArray([.. weights.Select(weight => new JsonObject { ["name"] = weight.Name, ["port"] = 80, ["weight"] = weight.Weight })]);
            Written();
        }
    }

    /// <summary>A new resource version without another change, as a controller's write of the status makes it.</summary>
    public void Touch() => Route["metadata"]!["resourceVersion"] = (int.Parse(Route["metadata"]!["resourceVersion"]!.ToString(), CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);

    public static async Task StatusAsync(HttpContext context, int code, string reason, string message, string? details = null)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        var body = new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = message, ["reason"] = reason, ["code"] = code };
        if (details is not null)
        {
            body["details"] = JsonNode.Parse(details);
        }

        await context.Response.WriteAsync(body.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        await _application.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted) is { Length: > 0 } text ? JsonNode.Parse(text)!.AsObject() : null;
        lock (_gate)
        {
            Requests.Add((context.Request.Method, context.Request.QueryString.Value ?? "", body));
        }

        if (await Before(context, body))
        {
            return;
        }

        if (context.Request.Path != Path)
        {
            await StatusAsync(context, 404, "NotFound", $"httproutes.gateway.networking.k8s.io \"{context.Request.Path}\" not found");
            return;
        }

        var answer = "";
        var conflict = false;
        lock (_gate)
        {
            if (context.Request.Method == "PATCH")
            {
                conflict = body!["metadata"]!["resourceVersion"]!.ToString() != Route["metadata"]!["resourceVersion"]!.ToString();
                if (!conflict)
                {
                    Route["metadata"]!["annotations"] = body["metadata"]!["annotations"]!.DeepClone();
                    Route["spec"]!["rules"] = body["spec"]!["rules"]!.DeepClone();
                    Written();
                }
            }

            answer = Route.ToJsonString();
        }

        if (conflict)
        {
            await StatusAsync(context, 409, "Conflict", "Operation cannot be fulfilled on httproutes.gateway.networking.k8s.io \"trading\": the object has been modified; please apply your changes to the latest version and try again");
            return;
        }

        if (context.Request.Method == "PATCH" && Loses())
        {
            context.Abort();
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer, context.RequestAborted);
    }

    private void Written()
    {
        Touch();
        Route["metadata"]!["generation"] = Generation + 1;
        Controller(Route);
    }
}
