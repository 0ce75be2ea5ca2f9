using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// An HTTPRoute of its own for marked requests. It has the gateways, host names and matches of the route that divides the traffic, each match with a header more: of two matches that
/// are alike the one with more headers goes first (Gateway API, HTTPRouteRule), so it takes its requests and no others.
/// </summary>
internal static class MarkedHttpRoute
{
    /// <summary>The most rules that an HTTPRoute has.</summary>
    private const int MostRules = 16;

    public static string NameOf(string route, string marked) => $"{route}-{marked}";

    /// <exception cref="TrafficException">More values than an HTTPRoute has rules.</exception>
    public static JsonObject Of(HttpRoute like, string target, string @namespace, string route, MarkedTraffic marked)
    {
        if (marked.ByValue.Count > MostRules)
        {
            throw new TrafficException(
                TrafficErrorKind.Unusable, target, string.Create(CultureInfo.InvariantCulture, $"{marked.ByValue.Count} values of {marked.Header} are to have a rule each, and an HTTPRoute has at most {MostRules}"), "Mark fewer destinations at once.");
        }

        var (parents, hostnames, matches) = like.Reach;
        var spec = new JsonObject
        {
            ["parentRefs"] = parents?.DeepClone(),
            ["rules"] = new JsonArray([.. marked.ByValue.Select(one => new JsonObject
            {
                ["matches"] = new JsonArray([.. (matches.Count == 0 ? [new JsonObject()] : matches.OfType<JsonObject>()).Select(match => WithHeader(match, marked.Header, one.Key))]),
                ["backendRefs"] = new JsonArray([.. one.Value.Where(weight => weight.Value > 0).OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => like.BackendFor(weight.Key, weight.Value))]),
            })]),
        };
        if (hostnames is not null)
        {
            spec["hostnames"] = hostnames.DeepClone();
        }

        return new JsonObject
        {
            ["apiVersion"] = $"{HttpRoute.Group}/{HttpRoute.Version}",
            ["kind"] = "HTTPRoute",
            ["metadata"] = new JsonObject
            {
                ["name"] = NameOf(route, marked.Name),
                ["namespace"] = @namespace,
                ["annotations"] = new JsonObject { [NodeNames.IdempotencyKey] = marked.IdempotencyKey },
            },
            ["spec"] = spec,
        };
    }

    private static JsonObject WithHeader(JsonObject match, string header, string value)
    {
        var narrowed = match.DeepClone().AsObject();
        var headers = (narrowed["headers"] as JsonArray)?.DeepClone().AsArray() ?? [];
        headers.Add((JsonNode)new JsonObject { ["type"] = "Exact", ["name"] = header, ["value"] = value });
        narrowed["headers"] = headers;
        return narrowed;
    }
}
