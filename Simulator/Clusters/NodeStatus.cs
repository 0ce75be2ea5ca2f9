using System.Globalization;
using System.Text.Json;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Writes what a node's kubelet and Koordinator report: <c>status</c> of the Node, NodeMetric, and the resource metrics.</summary>
internal static class NodeStatus
{
    public static void Write(Utf8JsonWriter writer, NodeModel node, DateTimeOffset now)
    {
        var reading = node.Read(now);
        writer.WriteStartObject();
        writer.WriteStartObject("capacity");
        WriteMachine(writer, node);
        writer.WriteEndObject();
        writer.WriteStartObject("allocatable");
        WriteMachine(writer, node);
        if (reading.Colocated)
        {
            writer.WriteString("kubernetes.io/batch-cpu", Whole(reading.BatchCpu));
            writer.WriteString("kubernetes.io/batch-memory", Whole(reading.BatchMemory * 1024 * 1024));
        }

        writer.WriteEndObject();
        writer.WriteStartArray("conditions");
        WriteCondition(writer, "Ready", reading.Ready ? "True" : "Unknown", reading.Ready ? "KubeletReady" : "NodeStatusUnknown", reading.ReportedAt);
        var conditions = node.Conditions;
        foreach (var (type, well) in Kubelets.Where(one => conditions.All(condition => condition.Type != one.Type)))
        {
            WriteCondition(writer, type, "False", well, reading.ReportedAt);
        }

        foreach (var (type, reason, since) in conditions)
        {
            WriteCondition(writer, type, "True", reason, reading.ReportedAt, since);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("addresses");
        writer.WriteStartObject();
        writer.WriteString("type", "Hostname");
        writer.WriteString("address", node.Name);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteStartObject("nodeInfo");
        writer.WriteString("kernelVersion", NodeModel.Kernel);
        writer.WriteString("osImage", "Simulated");
        writer.WriteString("containerRuntimeVersion", "containerd://1.7.0");
        writer.WriteString("kubeletVersion", "v1.33.0-simulated");
        writer.WriteString("operatingSystem", "linux");
        writer.WriteString("architecture", "amd64");
        writer.WriteEndObject();
        writer.WriteStartArray("images");
        foreach (var image in node.Images)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("names");
            writer.WriteStringValue(image);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary><c>slo.koordinator.sh/v1alpha1</c> NodeMetric, one item.</summary>
    public static void WriteNodeMetric(Utf8JsonWriter writer, NodeModel node, DateTimeOffset now)
    {
        var reading = node.Read(now);
        var usage = reading.Usage;
        writer.WriteStartObject();
        writer.WriteString("apiVersion", "slo.koordinator.sh/v1alpha1");
        writer.WriteString("kind", "NodeMetric");
        writer.WriteStartObject("metadata");
        writer.WriteString("name", node.Name);
        writer.WriteString("resourceVersion", reading.ReportedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        writer.WriteEndObject();
        writer.WriteStartObject("status");
        writer.WriteString("updateTime", KubeTime.Format(reading.ReportedAt));
        writer.WriteStartObject("nodeMetric");
        WriteUsage(writer, "nodeUsage", usage.Cpu, usage.Memory);
        WriteUsage(writer, "systemUsage", usage.SystemCpu, usage.SystemMemory);
        writer.WriteEndObject();
        writer.WriteStartArray("podsMetric");
        WritePods(writer, "online", "koord-prod", usage.OnlineCpu, usage.OnlineMemory);
        WritePods(writer, "batch", "koord-batch", usage.BatchCpu, usage.BatchMemory);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary><c>metrics.k8s.io/v1beta1</c> NodeMetrics, one item.</summary>
    public static void WriteResourceMetric(Utf8JsonWriter writer, NodeModel node, DateTimeOffset now)
    {
        var reading = node.Read(now);
        writer.WriteStartObject();
        writer.WriteString("apiVersion", "metrics.k8s.io/v1beta1");
        writer.WriteString("kind", "NodeMetrics");
        writer.WriteStartObject("metadata");
        writer.WriteString("name", node.Name);
        writer.WriteEndObject();
        writer.WriteString("timestamp", KubeTime.Format(reading.ReportedAt));
        writer.WriteString("window", "30s");
        WriteResources(writer, "usage", reading.Usage.Cpu, reading.Usage.Memory);
        writer.WriteEndObject();
    }

    private static void WritePods(Utf8JsonWriter writer, string name, string priority, double cpu, double memory)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("namespace", name == "batch" ? BatchSlots.Namespace : "default");
        writer.WriteString("priority", priority);
        WriteUsage(writer, "podUsage", cpu, memory);
        writer.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter writer, string name, double cpu, double memory)
    {
        writer.WriteStartObject(name);
        WriteResources(writer, "resources", cpu, memory);
        writer.WriteEndObject();
    }

    private static void WriteResources(Utf8JsonWriter writer, string name, double cpu, double memory)
    {
        writer.WriteStartObject(name);
        writer.WriteString("cpu", Whole(cpu) + "m");
        writer.WriteString("memory", Whole(memory) + "Mi");
        writer.WriteEndObject();
    }

    private static void WriteMachine(Utf8JsonWriter writer, NodeModel node)
    {
        writer.WriteString("cpu", Whole(node.Load.CpuMilli) + "m");
        writer.WriteString("memory", Whole(node.Load.MemoryMiB) + "Mi");
        writer.WriteString("pods", "110");
        writer.WriteString("hugepages-1Gi", "0");
        writer.WriteString("hugepages-2Mi", "0");
        if (node.Gpu > 0)
        {
            writer.WriteString("nvidia.com/gpu", Whole(node.Gpu));
        }
    }

    private static readonly (string Type, string Well)[] Kubelets =
        [("MemoryPressure", "KubeletHasSufficientMemory"), ("DiskPressure", "KubeletHasNoDiskPressure"), ("PIDPressure", "KubeletHasSufficientPID")];

    private static void WriteCondition(Utf8JsonWriter writer, string type, string status, string reason, DateTimeOffset at, DateTimeOffset? since = null)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
        writer.WriteString("status", status);
        writer.WriteString("reason", reason);
        writer.WriteString("lastHeartbeatTime", KubeTime.Format(at));
        if (since is { } transition)
        {
            writer.WriteString("lastTransitionTime", KubeTime.Format(transition));
        }

        writer.WriteEndObject();
    }

    private static string Whole(double value) => Math.Floor(value).ToString("0", CultureInfo.InvariantCulture);
}
