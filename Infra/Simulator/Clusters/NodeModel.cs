using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Infra.Simulator.Clusters;

/// <summary>A machine of a cluster and what it does; what Kubernetes stores of it is in the cluster's table.</summary>
internal sealed class NodeModel(NodeDefinition definition)
{
    public const string StateLabel = "orchestrator.io/colocation-state";
    public const string KeyAnnotation = "orchestrator.io/idempotency-key";

    public string Name => definition.Name;

    public long CpuMilli => definition.Pool.CpuMilli;

    public long MemoryMiB => definition.Pool.MemoryMiB;

    public JsonObject ToObject(string cluster) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/hostname"] = Name,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = "amd64",
                ["orchestrator.io/cluster"] = cluster,
                ["topology.kubernetes.io/zone"] = definition.Zone,
                ["orchestrator.io/pool"] = definition.Pool.Name,
                ["orchestrator.io/model"] = definition.Pool.Model,
                [StateLabel] = "offline-only",
            },
            ["annotations"] = new JsonObject { ["orchestrator.io/simulated"] = "true" },
        },
        ["spec"] = new JsonObject { ["providerID"] = $"simulated://{cluster}/{Name}" },
    };

    public void WriteStatus(Utf8JsonWriter writer, DateTimeOffset now)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("capacity");
        WriteResources(writer);
        writer.WriteEndObject();
        writer.WriteStartObject("allocatable");
        WriteResources(writer);
        writer.WriteEndObject();
        writer.WriteStartArray("conditions");
        writer.WriteStartObject();
        writer.WriteString("type", "Ready");
        writer.WriteString("status", "True");
        writer.WriteString("lastHeartbeatTime", KubeTime.Format(now));
        writer.WriteString("reason", "KubeletReady");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteResources(Utf8JsonWriter writer)
    {
        writer.WriteString("cpu", string.Create(CultureInfo.InvariantCulture, $"{CpuMilli}m"));
        writer.WriteString("memory", string.Create(CultureInfo.InvariantCulture, $"{MemoryMiB}Mi"));
        writer.WriteString("pods", "110");
        if (definition.Pool.Gpu > 0)
        {
            writer.WriteString("nvidia.com/gpu", definition.Pool.Gpu.ToString(CultureInfo.InvariantCulture));
        }
    }
}
