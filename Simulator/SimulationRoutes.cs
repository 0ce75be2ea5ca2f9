using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.OpenApi;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator;

/// <summary><c>/sim</c>: what a test or an operator asks the simulation itself.</summary>
internal sealed class SimulationRoutes(
    SimulatedCloudOptions options, EffectsLog effects, IReadOnlyDictionary<string, SimulatedCluster> clusters, OpenApiService openApi)
{
    private readonly ConcurrentDictionary<string, bool> _webhooks = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sim/clock", ClockAsync);
        routes.MapGet("/sim/effects", EffectsAsync);
        routes.MapPost("/sim/webhook", WebhookAsync);
        routes.MapGet("/sim/fleet", FleetAsync);
        routes.MapGet("/sim/fleet.yaml", FleetFileAsync);
        routes.MapGet("/sim/hosts/{cluster}/{node}", HostAsync);
    }

    private Task ClockAsync(HttpContext context)
    {
        var anchor = options.EnvironmentClock is EnvironmentClock environmentClock
            ? environmentClock.Anchor
            : new ClockAnchor(options.EnvironmentClock.GetUtcNow(), options.SystemClock.GetUtcNow(), Speed: 1);
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, anchor, SimulatorJson.Default.ClockAnchor, context.RequestAborted);
    }

    private async Task EffectsAsync(HttpContext context)
    {
        var after = long.TryParse(context.Request.Query["after"], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : 0;
        context.Response.ContentType = "application/x-ndjson";
        foreach (var effect in effects.After(after))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, effect, EffectsJson.Default.Effect, context.RequestAborted);
            await context.Response.WriteAsync("\n", context.RequestAborted);
        }
    }

    private async Task WebhookAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        var key = context.Request.Headers["Idempotency-Key"].FirstOrDefault();
        var first = string.IsNullOrEmpty(key) || _webhooks.TryAdd(key, true);
        if (first)
        {
            effects.Add(EffectKind.Webhook, "/sim/webhook", key, text);
        }

        await Bodies.WriteAsync(context, 200, new JsonObject { ["received"] = true, ["repeated"] = !first });
    }

    private Task FleetAsync(HttpContext context)
    {
        var now = options.EnvironmentClock.GetUtcNow();
        return Bodies.WriteAsync(context, 200, new JsonObject
        {
            ["at"] = now,
            ["clusters"] = new JsonObject(clusters.Values.Select(cluster => KeyValuePair.Create(cluster.Id, (JsonNode?)Summary(cluster, now)))),
            ["resources"] = new JsonArray([.. openApi.List()]),
            ["simulated"] = true,
        });
    }

    /// <summary>The fleet file that the cloud was started with: a run that comes from elsewhere takes its prices and demand from it.</summary>
    private Task FleetFileAsync(HttpContext context)
    {
        context.Response.ContentType = "application/yaml";
        return context.Response.WriteAsync(FleetFileWriter.Write(options.Fleet), context.RequestAborted);
    }

    private static JsonObject Summary(SimulatedCluster cluster, DateTimeOffset now)
    {
        var states = cluster.Table(ResourceKind.Node).Snapshot().Objects
            .GroupBy(node => node.Labels.GetValueOrDefault(NodeModel.StateLabel, ""))
            .Select(group => KeyValuePair.Create(group.Key, (JsonNode?)group.Count()));
        var services = cluster.Table(ResourceKind.Service).Snapshot().Objects.Select(service => (JsonNode)$"{service.Key.Namespace}/{service.Key.Name}");
        return new JsonObject
        {
            ["nodes"] = cluster.Nodes.Count,
            ["ready"] = cluster.Nodes.Count(node => node.Read(now).Ready),
            ["nodesByState"] = new JsonObject(states),
            ["batchPodsRunning"] = cluster.Nodes.Sum(node => node.Batch.Running(now).Count()),
            ["batchPodsRequeued"] = cluster.Nodes.Sum(node => node.Batch.Requeued(now)),
            ["batchCpuMilli"] = cluster.Nodes.Sum(node => (long)node.Read(now).BatchCpu),
            ["services"] = new JsonArray([.. services]),
        };
    }

    private Task HostAsync(HttpContext context)
    {
        if (!clusters.TryGetValue((string)context.Request.RouteValues["cluster"]!, out var cluster)
            || cluster.FindNode((string)context.Request.RouteValues["node"]!) is not { } node)
        {
            return Bodies.WriteErrorAsync(context, 404, "NotFound", "there is no such node");
        }

        var host = node.ReadHost(options.EnvironmentClock.GetUtcNow());
        return Bodies.WriteAsync(context, 200, new JsonObject
        {
            ["batchCpuLimitMilli"] = host.CpuLimit,
            ["batchCpuAdmittedMilli"] = host.Work,
            ["batchCpuUsedMilli"] = host.Usage.BatchCpu,
            ["batchMemoryUsedMiB"] = host.Usage.BatchMemory,
            ["onlineCpuUsedMilli"] = host.Usage.OnlineCpu,
            ["onlineMemoryUsedMiB"] = host.Usage.OnlineMemory,
            ["simulated"] = true,
        });
    }
}
