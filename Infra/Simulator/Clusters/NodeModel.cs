using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Simulator.Clusters;

/// <summary>A machine of a cluster and what it does; what Kubernetes stores of it is in the cluster's table.</summary>
internal sealed class NodeModel(string name, string pool, long cpuMilli, long memoryMiB, int gpu)
{
    public const string StateLabel = "orchestrator.io/colocation-state";
    public const string KeyAnnotation = "orchestrator.io/idempotency-key";

    public string Name => name;

    public long CpuMilli => cpuMilli;

    public long MemoryMiB => memoryMiB;

    public JsonObject ToObject(string cluster) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/hostname"] = name,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = "amd64",
                ["orchestrator.io/cluster"] = cluster,
                ["orchestrator.io/pool"] = pool,
                [StateLabel] = "offline-only",
            },
            ["annotations"] = new JsonObject { ["orchestrator.io/simulated"] = "true" },
        },
        ["spec"] = new JsonObject { ["providerID"] = $"simulated://{cluster}/{name}" },
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
        writer.WriteString("cpu", string.Create(CultureInfo.InvariantCulture, $"{cpuMilli}m"));
        writer.WriteString("memory", string.Create(CultureInfo.InvariantCulture, $"{memoryMiB}Mi"));
        writer.WriteString("pods", "110");
        if (gpu > 0)
        {
            writer.WriteString("nvidia.com/gpu", gpu.ToString(CultureInfo.InvariantCulture));
        }
    }
}
