using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Orchestrator.Fleet.Demand;

namespace Orchestrator.Fleet.Files;

/// <summary>Writes a fleet as YAML that <see cref="FleetFileReader"/> reads back to the same fleet. The same fleet gives the same bytes.</summary>
public static class FleetFileWriter
{
    private const int NamesPerLine = 8;

    /// <param name="comment">Lines to stand at the top, where the file came from say; null: none.</param>
    public static string Write(FleetDefinition fleet, string? comment = null)
    {
        var yaml = new StringBuilder();
        foreach (var line in comment?.Split('\n') ?? [])
        {
            yaml.Append("# ").Append(line.TrimEnd()).Append('\n');
        }

        yaml.Append(CultureInfo.InvariantCulture, $"fleet: {Text(fleet.Name)}\ncurrency: {Text(fleet.Currency)}\n");
        if (fleet.Start is { } start)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"start: {start:yyyy-MM-ddTHH:mm:sszzz}\n");
        }

        AppendCurve(yaml, "", "traffic", fleet.Traffic);
        if (fleet.EntryLimit is { } limit)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"entryLimit: {limit:R}\n");
        }

        if (fleet.HomeCpuMilli is { } home)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"home: {{ cpuMilli: {home:R} }}\n");
        }

        var application = fleet.Application;
        yaml.Append("application: { ").Append(CultureInfo.InvariantCulture, $"requestsPerCore: {application.RequestsPerCore:R}, baseMilliseconds: {application.BaseMilliseconds:R}, ")
            .Append(CultureInfo.InvariantCulture, $"objectiveMilliseconds: {application.ObjectiveMilliseconds:R}, timeoutMilliseconds: {application.TimeoutMilliseconds:R}, ")
            .Append(CultureInfo.InvariantCulture, $"ordersPerRequest: {application.OrdersPerRequest:R}, neighbourLossPercent: {application.NeighbourLossPercent:R}, internalPercent: {application.InternalPercent:R} }}\n");
        yaml.Append(CultureInfo.InvariantCulture,
            $"cloud: {{ costPerHostHour: {fleet.Cloud.CostPerHostHour}, hostCpuMilli: {fleet.Cloud.HostCpuMilli}, hostMemoryMiB: {fleet.Cloud.HostMemoryMiB}");
        AppendOptional(yaml, ("databaseCostPerHour", fleet.Cloud.DatabaseCostPerHour), ("cacheCostPerHour", fleet.Cloud.CacheCostPerHour), ("balancerCostPerHour", fleet.Cloud.BalancerCostPerHour));
        AppendSource(yaml, fleet.Cloud.PriceSource);
        if (fleet.Owned is { } owned)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"owned: {{ costPerHostHour: {owned.CostPerHostHour}, hoursPerPromotion: {owned.HoursPerPromotion:R}");
            AppendOptional(yaml, ("hostCpuMilli", owned.HostCpuMilli));
            AppendSource(yaml, owned.PriceSource);
        }

        yaml.Append(CultureInfo.InvariantCulture, $"images: [{string.Join(", ", fleet.Images.Select(Text))}]\n");
        yaml.Append("clusters:\n");
        foreach (var cluster in fleet.Clusters)
        {
            AppendCluster(yaml, cluster);
        }

        return yaml.ToString();
    }

    private static void AppendOptional(StringBuilder yaml, params ReadOnlySpan<(string Key, decimal? Value)> fields)
    {
        foreach (var (key, value) in fields)
        {
            if (value is { } known) yaml.Append(CultureInfo.InvariantCulture, $", {key}: {known}");
        }
    }

    private static void AppendSource(StringBuilder yaml, string? source) => yaml.Append(source is null ? " }\n" : $", priceSource: {Text(source)} }}\n");

    private static void AppendCluster(StringBuilder yaml, ClusterDefinition cluster)
    {
        yaml.Append(CultureInfo.InvariantCulture, $"""
              - id: {Text(cluster.Id)}
                kind: {(cluster.Kind == ClusterKind.Online ? "online" : "batch")}
                region: {Text(cluster.Region)}
                zones: [{string.Join(", ", cluster.Zones.Select(Text))}]
                costPerNodeHour: {cluster.CostPerNodeHour}
                reservePercent: {cluster.ReservePercent}
                demand:

            """);
        var simulated = (cluster.Koordinator == ClusterDefinition.StandardKoordinator ? "" : $"    koordinator: \"{cluster.Koordinator}\"\n")
            + (cluster.KoordletGates.SequenceEqual(ClusterDefinition.StandardGates) ? "" : $"    koordletGates: [{string.Join(", ", cluster.KoordletGates)}]\n");
        yaml.Insert(yaml.Length - "    demand:\n".Length, simulated);

        AppendCurve(yaml, "      ", "onlineCpuMilli", cluster.Demand.OnlineCpuMilli);
        AppendCurve(yaml, "      ", "batchCpuMilli", cluster.Demand.BatchCpuMilli);
        AppendCurve(yaml, "      ", "onlineMemoryMiB", cluster.Demand.OnlineMemoryMiB);
        AppendCurve(yaml, "      ", "batchMemoryMiB", cluster.Demand.BatchMemoryMiB);
        yaml.Append("    pools:\n");
        foreach (var pool in cluster.Pools)
        {
            AppendPool(yaml, pool);
        }
    }

    private static void AppendPool(StringBuilder yaml, PoolDefinition pool)
    {
        yaml.Append(CultureInfo.InvariantCulture, $"""
                  - name: {Text(pool.Name)}
                    cpuMilli: {pool.CpuMilli}
                    memoryMiB: {pool.MemoryMiB}
                    gpu: {pool.Gpu}

            """);
        if (pool.Model.Length > 0)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"        model: {Text(pool.Model)}\n");
        }

        if (pool.Zone is { } zone)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"        zone: {Text(zone)}\n");
        }

        if (pool.Images is { } images)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"        images: [{string.Join(", ", images.Select(Text))}]\n");
        }

        AppendNodes(yaml, pool.Nodes);
    }

    private static void AppendNodes(StringBuilder yaml, ImmutableArray<string> nodes)
    {
        if (PrefixOf(nodes) is { } prefix)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"        nodes: {{ prefix: {Text(prefix)}, count: {nodes.Length} }}\n");
            return;
        }

        yaml.Append("        nodes:\n          [\n");
        foreach (var names in nodes.Chunk(NamesPerLine))
        {
            yaml.Append("            ").AppendJoin(", ", names.Select(Text)).Append(",\n");
        }

        yaml.Append("          ]\n");
    }

    private static string? PrefixOf(ImmutableArray<string> nodes)
    {
        var first = FleetFileReader.NodeName("", 1);
        if (nodes.Length < 2 || !nodes[0].EndsWith(first, StringComparison.Ordinal) || nodes[0].Length == first.Length)
        {
            return null;
        }

        var prefix = nodes[0][..^first.Length];
        return nodes.Select((name, index) => name == FleetFileReader.NodeName(prefix, index + 1)).All(same => same) ? prefix : null;
    }

    private static void AppendCurve(StringBuilder yaml, string indent, string key, DayCurve curve)
    {
        var hourly = curve.Points.Length == 24 && curve.Points.Select((point, hour) => point.At == TimeSpan.FromHours(hour)).All(same => same);
        var values = curve.Points.Select(point => hourly
            ? point.Value.ToString("R", CultureInfo.InvariantCulture)
            : $"\"{point.At.ToString(point.At.Seconds == 0 ? @"hh\:mm" : @"hh\:mm\:ss", CultureInfo.InvariantCulture)}\": {point.Value.ToString("R", CultureInfo.InvariantCulture)}");
        var (open, close) = hourly ? ("[", "]") : ("{ ", " }");
        yaml.Append(indent).Append(key).Append(": ").Append(open).AppendJoin(", ", values).Append(close).Append('\n');
    }

    // Plain where YAML cannot take it for anything else.
    private static string Text(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text != "null" && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? text
            : $"\"{string.Concat(text.Select(Escape))}\"";

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        < ' ' or '\u007f' or (>= '\u0080' and <= '\u00a0') or '\u2028' or '\u2029' or '\ufeff' =>
            string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
        _ => c.ToString(),
    };
}
