using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// Koordinator's own workloads as objects: what version they are and which gates are on. What they do is done by the models of the nodes, so they have no pods.
/// </summary>
internal static class KoordinatorSeeds
{
    private const string Namespace = "koordinator-system";

    public static readonly ObjectKey Manager = new(Namespace, "koord-manager");
    public static readonly ObjectKey Koordlet = new(Namespace, "koordlet");

    public static (ObjectKey, JsonObject) ManagerSeed(string version) => (Manager, Workload("koord-manager", version, [], new JsonObject { ["replicas"] = 1 }));

    public static (ObjectKey, JsonObject) KoordletSeed(string version, ImmutableArray<string> gates) =>
        (Koordlet, Workload("koordlet", version, gates.IsEmpty ? [] : [$"--feature-gates={string.Join(',', gates.Select(gate => $"{gate}=true"))}"], []));

    public static JsonObject StatusOfManager() => new() { ["observedGeneration"] = 1, ["replicas"] = 1, ["updatedReplicas"] = 1, ["readyReplicas"] = 1, ["availableReplicas"] = 1 };

    /// <summary>Of any daemon set: one pod for each node.</summary>
    public static JsonObject StatusOfDaemonSet(int nodes) => new()
    {
        ["currentNumberScheduled"] = nodes, ["desiredNumberScheduled"] = nodes, ["updatedNumberScheduled"] = nodes, ["numberReady"] = nodes, ["numberAvailable"] = nodes, ["numberMisscheduled"] = 0,
    };

    private static JsonObject Workload(string name, string version, ImmutableArray<string> arguments, JsonObject spec)
    {
        var labels = new JsonObject { ["koord-app"] = name };
        spec["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() };
        spec["template"] = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = labels.DeepClone() },
            ["spec"] = new JsonObject
            {
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = name,
                    ["image"] = $"koordinator-sh/{name}:v{version}",
                    ["args"] = new JsonArray([.. arguments.Select(argument => (JsonNode)argument)]),
                }),
            },
        };
        return new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels }, ["spec"] = spec };
    }
}
