using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Faults;

/// <summary><c>/sim/faults</c>: the plan is read and replaced whole; an empty one ends all faults.</summary>
internal sealed class FaultRoutes(FaultInjector injector, IReadOnlyDictionary<string, SimulatedCluster> clusters, TimeProvider environmentClock)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sim/faults", WriteAsync);
        routes.MapPut("/sim/faults", ReplaceAsync);
    }

    private async Task ReplaceAsync(HttpContext context)
    {
        FaultPlan? plan;
        try
        {
            plan = await JsonSerializer.DeserializeAsync(context.Request.Body, FaultsJson.Default.FaultPlan, context.RequestAborted);
        }
        catch (JsonException error)
        {
            await Bodies.WriteErrorAsync(context, 400, "InvalidBody", error.Message);
            return;
        }

        plan ??= FaultPlan.None;
        if (plan.DeadNodes.Concat(plan.SilentKoordlets).Concat(plan.Conditions.Select(condition => condition.Node)).FirstOrDefault(name => Find(name) is null) is { } unknown)
        {
            await Bodies.WriteErrorAsync(context, 400, "InvalidParameter", $"there is no node {unknown}; nodes are named cluster/node");
            return;
        }

        foreach (var back in injector.Plan.DeadNodes.Except(plan.DeadNodes))
        {
            Find(back)?.Revive();
        }

        foreach (var dead in plan.DeadNodes)
        {
            Find(dead)!.Kill(environmentClock.GetUtcNow());
        }

        foreach (var heard in injector.Plan.SilentKoordlets.Except(plan.SilentKoordlets))
        {
            Find(heard)?.Silence(null);
        }

        foreach (var silent in plan.SilentKoordlets.Except(injector.Plan.SilentKoordlets))
        {
            Find(silent)!.Silence(environmentClock.GetUtcNow());
        }

        foreach (var node in injector.Plan.Conditions.Concat(plan.Conditions).Select(condition => condition.Node).Distinct(StringComparer.Ordinal))
        {
            Find(node)?.Suffer([.. plan.Conditions.Where(condition => condition.Node == node).Select(condition => (condition.Type, condition.Reason))], environmentClock.GetUtcNow());
        }

        injector.Replace(plan);
        await WriteAsync(context);
    }

    private Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, injector.Plan, FaultsJson.Default.FaultPlan, context.RequestAborted);
    }

    private NodeModel? Find(string name) =>
        name.Split('/') is [var cluster, var node] && clusters.TryGetValue(cluster, out var one) ? one.FindNode(node) : null;
}
