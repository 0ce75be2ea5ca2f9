using System.Text.Json.Nodes;
using Orchestrator.Fleet.Files;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Terminal;

/// <summary>A fleet file as <c>fleet show --fleet</c> prints it.</summary>
internal static class FleetFilePrinter
{
    public static void Write(FleetDefinition fleet, bool json)
    {
        var clusters = new JsonArray([.. fleet.Clusters.Select(cluster => new JsonObject
        {
            ["id"] = cluster.Id,
            ["kind"] = Words.Of(cluster.Kind),
            ["region"] = cluster.Region,
            ["nodes"] = cluster.NodeCount,
            ["cores"] = cluster.CpuMilli / 1000,
            ["memoryGiB"] = cluster.MemoryMiB / 1024,
            ["costPerNodeHour"] = cluster.CostPerNodeHour,
        })]);
        var document = new JsonObject { ["fleet"] = fleet.Name, ["currency"] = fleet.Currency, ["clusters"] = clusters };
        Printer.Print(document, json, () =>
        {
            Console.Out.WriteLine($"fleet {fleet.Name}: {fleet.Clusters.Length} clusters, {fleet.Clusters.Sum(cluster => cluster.NodeCount)} nodes");
            Printer.Table(clusters, "id", "kind", "region", "nodes", "cores", "memoryGiB", "costPerNodeHour");
        });
    }
}
