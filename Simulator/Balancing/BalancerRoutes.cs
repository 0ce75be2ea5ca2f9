using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Balancing;

/// <summary><c>/sim/weights</c> and <c>/sim/traffic</c>, for those who look at the simulation.</summary>
internal sealed class BalancerRoutes(Balancer balancer, TrafficFlow flow)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sim/weights", context => Bodies.WriteAsync(context, 200, ToBody(balancer.Weights)));
        routes.MapGet("/sim/traffic", TrafficAsync);
    }

    private Task TrafficAsync(HttpContext context)
    {
        var now = flow.Now();
        return Bodies.WriteAsync(context, 200, new JsonObject
        {
            ["at"] = now.At,
            ["requestsPerSecond"] = now.RequestsPerSecond,
            ["offeredPerSecond"] = now.OfferedPerSecond,
            ["peakRequestsPerSecond"] = now.PeakRequestsPerSecond,
            ["p99Milliseconds"] = now.P99Milliseconds,
            ["errorRate"] = now.ErrorRate,
            ["destinations"] = new JsonObject(now.Destinations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject
            {
                ["weight"] = pair.Value.Weight,
                ["requestsPerSecond"] = pair.Value.RequestsPerSecond,
                ["p99Milliseconds"] = pair.Value.P99Milliseconds,
                ["errorRate"] = pair.Value.ErrorRate,
                ["healthy"] = pair.Value.Healthy,
                ["cores"] = pair.Value.Cores,
                ["capacityPerSecond"] = pair.Value.CapacityPerSecond,
            }))),
            ["simulated"] = true,
        });
    }

    private static JsonObject ToBody(Weights weights) => new()
    {
        ["version"] = weights.Version,
        ["weights"] = new JsonObject(weights.ByDestination.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["simulated"] = true,
    };
}
