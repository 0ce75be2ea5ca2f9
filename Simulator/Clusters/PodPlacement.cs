using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>What of a stored pod matters for where it runs and what it serves, read once.</summary>
/// <param name="Unit">Whose traffic it serves, by its label; null: none.</param>
/// <param name="CpuMilli">Requests of all containers.</param>
/// <param name="Node">Null: it waits for one.</param>
/// <param name="ReadyAt">Null: nobody makes it ready.</param>
internal sealed record PodPlacement(StoredObject Pod, string? Unit, double CpuMilli, double MemoryMiB, double BatchCpuMilli, string? Node, DateTimeOffset? ReadyAt)
{
    public const string UnitLabel = "orchestrator.io/unit";

    public static PodPlacement Of(StoredObject pod)
    {
        var body = pod.Parse();
        var (cpu, memory, batch) = Requests(body["spec"]);
        return new PodPlacement(
            pod,
            pod.Labels.GetValueOrDefault(UnitLabel),
            cpu,
            memory,
            batch,
            body["spec"]?["nodeName"]?.ToString(),
            body["metadata"]?["annotations"]?[Pods.ReadyAtAnnotation]?.ToString() is { } at ? DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    public bool IsReady(DateTimeOffset at) => Node is not null && ReadyAt <= at;

    /// <summary>What the pod's containers ask for together.</summary>
    public static (double CpuMilli, double MemoryMiB, double BatchCpuMilli) Requests(JsonNode? spec)
    {
        var sum = (Cpu: 0.0, Memory: 0.0, Batch: 0.0);
        foreach (var container in (spec?["containers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var requests = container["resources"]?["requests"];
            sum.Cpu += Quantity(requests?["cpu"], 1000);
            sum.Memory += Quantity(requests?["memory"], 1.0 / (1024 * 1024));
            sum.Batch += Quantity(requests?["kubernetes.io/batch-cpu"], 1);
        }

        return sum;
    }

    private static double Quantity(JsonNode? quantity, double unit)
    {
        try
        {
            return quantity is null ? 0 : (double)new k8s.Models.ResourceQuantity(quantity.ToString()).ToDecimal() * unit;
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            return 0;
        }
    }
}

/// <summary>The stored pods by key, swapped whole, so that readers need no lock. The version rises with every change.</summary>
internal sealed record PodIndex(long Version, ImmutableDictionary<ObjectKey, PodPlacement> Pods)
{
    public static PodIndex Empty { get; } = new(0, ImmutableDictionary<ObjectKey, PodPlacement>.Empty);
}
