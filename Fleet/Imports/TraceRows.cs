using Orchestrator.Text;

namespace Orchestrator.Fleet.Imports;

internal sealed record TraceNode(string Name, long CpuMilli, long MemoryMiB, int Gpu, string Model)
{
    private static readonly string[] Columns = ["sn", "cpu_milli", "memory_mib", "gpu", "model"];

    public static List<TraceNode> Read(Stream content, DiagnosticList diagnostics)
    {
        var nodes = new List<TraceNode>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        TraceTable.Read(content, "the trace's nodes (CSV)", Columns, diagnostics, row =>
        {
            var name = row.Name("sn");
            if (name.Length > 0 && !lines.TryAdd(name, row.Line))
            {
                row.Add("sn", "FL021", $"the node '{name}' stands already on line {lines[name]}; remove one of them");
            }

            nodes.Add(new TraceNode(
                name, row.Integer("cpu_milli", 1), row.Integer("memory_mib", 1), (int)row.Integer("gpu", 0), row.Text("model")));
        });
        return nodes;
    }
}

/// <param name="GpuModels">Accelerators it accepts; empty: any.</param>
/// <param name="Scheduled">Seconds; null: it never ran.</param>
/// <param name="Deleted">Seconds; null: it ran to the trace's end.</param>
internal sealed record TracePod(
    long CpuMilli, long MemoryMiB, int Gpus, IReadOnlyList<string> GpuModels, bool Online, double? Scheduled, double? Deleted)
{
    private static readonly string[] Columns =
        ["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_spec", "qos", "creation_time", "deletion_time", "scheduled_time"];

    private static readonly string[] Classes = ["LS", "Guaranteed", "BE", "Burstable"];

    public static List<TracePod> Read(Stream content, DiagnosticList diagnostics)
    {
        var pods = new List<TracePod>();
        TraceTable.Read(content, "the trace's pods (CSV)", Columns, diagnostics, row =>
        {
            var qos = row.Text("qos");
            if (!Classes.Contains(qos))
            {
                row.Add("qos", "FL044", $"'{qos}' is not a service class{Suggest.Hint(qos, Classes)}");
            }

            var (scheduled, deleted) = (row.Seconds("scheduled_time"), row.Seconds("deletion_time"));
            if (scheduled > deleted)
            {
                row.Add("deletion_time", "FL045", "the pod is deleted before it is scheduled; fix one of the two times");
            }

            pods.Add(new TracePod(
                row.Integer("cpu_milli", 0), row.Integer("memory_mib", 0), (int)row.Integer("num_gpu", 0),
                row.Text("gpu_spec").Split('|', StringSplitOptions.RemoveEmptyEntries), qos is "LS" or "Guaranteed", scheduled, deleted));
        });
        return pods;
    }
}
