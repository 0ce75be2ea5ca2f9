using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Traffic;

/// <summary>What a route's gateways make of it.</summary>
internal abstract record RouteStatus
{
    internal sealed record InForce(RoutingStage Stage) : RouteStatus;

    internal sealed record Pending(string What, string Fix) : RouteStatus;

    internal sealed record Refused(TrafficErrorKind Kind, string? Reason, string What, string Fix) : RouteStatus;

    /// <summary>What the conditions of an HTTPRoute say of the generation that was read; the worst of its gateways counts.</summary>
    public static RouteStatus Of(JsonObject body)
    {
        var generation = Number(body["metadata"]?["generation"]) ?? 0;
        var parents = (body["spec"]?["parentRefs"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (parents.Count == 0)
        {
            return new Refused(TrafficErrorKind.NotAccepted, null, "it has no parentRefs, so no gateway takes it", "Name the gateway in its spec.parentRefs.");
        }

        var told = (body["status"]?["parents"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var programmed = true;
        RouteStatus? pending = null;
        foreach (var parent in parents)
        {
            var gateway = Text(parent["name"]) ?? "";
            if (told.Find(one => one["parentRef"] is JsonObject named && SameParent(body, parent, named)) is not { } status)
            {
                pending ??= new Pending($"no controller has taken it for gateway {gateway}", $"Check that gateway {gateway} exists, allows routes of this namespace, and that its controller runs.");
                continue;
            }

            foreach (var type in (string[])["Accepted", "ResolvedRefs", "Programmed"])
            {
                var condition = (status["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(one => Text(one["type"]) == type);
                if (condition is null)
                {
                    programmed &= type != "Programmed";
                    pending ??= type == "Accepted" ? new Pending($"gateway {gateway} does not say yet whether it accepts it", "Check that the gateway's controller runs.") : null;
                    continue;
                }

                var (observed, holds, reason) = (Number(condition["observedGeneration"]) ?? 0, Text(condition["status"]), Text(condition["reason"]) ?? "");
                if (observed < generation)
                {
                    pending ??= new Pending(string.Create(CultureInfo.InvariantCulture, $"gateway {gateway} has seen generation {observed} of it and not {generation}"), "Check that the gateway's controller runs and is not far behind.");
                }
                else if (holds != "True" && (reason == "Pending" || holds == "Unknown" || type == "Programmed"))
                {
                    pending ??= new Pending($"gateway {gateway} says {type} {holds}: {reason}: {Text(condition["message"])}", "Check the gateway's controller.");
                }
                else if (holds != "True")
                {
                    return Refusal(gateway, type, reason, Text(condition["message"]) ?? "");
                }
            }
        }

        return pending ?? new InForce(programmed ? RoutingStage.Programmed : RoutingStage.Accepted);
    }

    private static Refused Refusal(string gateway, string type, string reason, string message) => new(
        type == "ResolvedRefs" && reason is "BackendNotFound" or "InvalidKind" ? TrafficErrorKind.NoSuchBackend : TrafficErrorKind.NotAccepted,
        reason,
        $"gateway {gateway} does not take it: {type} is False: {reason}: {message}",
        reason switch
        {
            "BackendNotFound" => "Make a Service of that name in the route's namespace, or correct Infra:Traffic:Backends or Pattern.",
            "InvalidKind" => "Let the backendRef of home name a kind that the gateway knows; the others are made like it.",
            "RefNotPermitted" => "Allow the reference by a ReferenceGrant in the backend's namespace.",
            "NotAllowedByListeners" or "NoMatchingListenerHostname" or "NoMatchingParent" => "Correct the route's parentRefs and hostnames, or the gateway's listeners.",
            _ => "The condition of the route says what the controller wants.",
        });

    private static bool SameParent(JsonObject body, JsonObject asked, JsonObject told)
    {
        string NamespaceOf(JsonObject parent) => Text(parent["namespace"]) ?? Text(body["metadata"]?["namespace"]) ?? "";
        return Text(asked["name"]) == Text(told["name"]) && NamespaceOf(asked) == NamespaceOf(told)
            && Text(asked["sectionName"]) == Text(told["sectionName"]) && Number(asked["port"]) == Number(told["port"]);
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
