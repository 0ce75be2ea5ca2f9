using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Balancing;

/// <summary><c>/balancer</c>; and <c>/sim/traffic</c>, which tests look at.</summary>
internal sealed class BalancerRoutes(Balancer balancer)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/balancer", context => Bodies.WriteAsync(context, 200, ToBody(balancer.Weights)));
        routes.MapGet("/balancer/weights", context => Bodies.WriteAsync(context, 200, ToBody(balancer.Weights)));
        routes.MapPut("/balancer", SetAsync);
        routes.MapPut("/balancer/weights", SetAsync);
        routes.MapGet("/sim/traffic", TrafficAsync);
    }

    private async Task SetAsync(HttpContext context)
    {
        var body = await Bodies.ReadAsync(context);
        var key = context.Request.Headers["Idempotency-Key"].FirstOrDefault() ?? body?["key"]?.ToString();
        if (body?["weights"] is not JsonObject asked || string.IsNullOrEmpty(key))
        {
            await Bodies.WriteErrorAsync(context, 400, "InvalidParameter", "the body is {weights: {destination: percent}, version?} and the key is the header Idempotency-Key");
            return;
        }

        var weights = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var (destination, value) in asked)
        {
            if (value is not JsonValue number || !number.TryGetValue(out int percent) || percent is < 0 or > 100)
            {
                await Bodies.WriteErrorAsync(context, 400, "InvalidParameter", $"the weight of {destination} is no whole number from 0 to 100");
                return;
            }

            weights[destination] = percent;
        }

        if (weights.Values.Sum() is var sum && sum != 100)
        {
            await Bodies.WriteErrorAsync(context, 400, "InvalidParameter", $"the weights sum to {sum}, not to 100");
            return;
        }

        var version = body["version"] is JsonValue given && given.TryGetValue(out long expected) ? expected : (long?)null;
        await (balancer.Set(weights.ToImmutable(), key, version) is { } holds
            ? Bodies.WriteAsync(context, 200, ToBody(holds))
            : Bodies.WriteErrorAsync(context, 409, "VersionMismatch", $"the weights are at version {balancer.Weights.Version}"));
    }

    private Task TrafficAsync(HttpContext context)
    {
        var now = balancer.Read();
        return Bodies.WriteAsync(context, 200, new JsonObject
        {
            ["at"] = now.At,
            ["requestsPerSecond"] = now.RequestsPerSecond,
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
