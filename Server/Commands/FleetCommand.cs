using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>fleet</c>: the fleet as a server's facts show it, fleet files, and the capacity ledger.</summary>
internal static class FleetCommand
{
    public static Command Create() => new("fleet", "Shows the fleet, makes a fleet file of a trace, shows the capacity ledger.") { Show(), Import(), Ledger() };

    private static Command Show()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var fleet = new Option<string?>("--fleet") { Description = "Show this fleet file instead; needs no server.", HelpName = "FILE" };
        var command = new Command("show", "Shows clusters, units and traffic, as the journal's facts have them.") { fleet, server, data, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(fleet) is { } file)
            {
                FleetFilePrinter.Write(FleetFiles.Read(file), parsed.GetValue(json));
                return Task.FromResult(ExitCode.Done);
            }

            return RunsCommand.ReadAsync(parsed, server, data, async client =>
            {
                var view = await client.GetAsync("/api/fleet", cancellationToken);
                if (view["clusters"]!.AsArray().Count == 0) view["observed"] = await ObservedAsync(client, cancellationToken);
                Printer.Print(view, parsed.GetValue(json), () => FleetPrinter.Write(view));
            }, cancellationToken);
        });
        return command;
    }

    /// <summary>What the clusters of the fleet file say themselves, while no fact tells of any: of each its nodes by state, or why it does not answer.</summary>
    private static async Task<JsonArray> ObservedAsync(ApiClient client, CancellationToken cancellationToken)
    {
        var systemClock = await client.GetAsync("/api/wall", cancellationToken);
        var observed = new JsonArray();
        foreach (var cluster in systemClock["clusters"]!.AsArray())
        {
            var id = cluster!["id"]!.GetValue<string>();
            var row = new JsonObject { ["id"] = id, ["kind"] = cluster["kind"]?.DeepClone(), ["nodes"] = cluster["nodes"]?.DeepClone() };
            try
            {
                var map = await client.GetAsync($"/api/fleet/clusters/{Uri.EscapeDataString(id)}/map", cancellationToken);
                var (words, flags) = (map["states"]!.AsArray(), map["flags"]!.AsArray());
                row["nodes"] = flags.Count;
                row["ready"] = flags.Count(flag => (flag!.GetValue<int>() & 1) != 0);
                row["observedByState"] = new JsonObject(map["state"]!.AsArray().Select(state => state!.GetValue<int>()).CountBy(state => state).OrderBy(pair => pair.Key)
                    .Select(pair => KeyValuePair.Create(pair.Key < 0 ? "none" : words[pair.Key]!.GetValue<string>(), (JsonNode?)pair.Value)));
            }
            catch (CommandException silent)
            {
                row["error"] = silent.Message;
            }

            observed.Add(row);
        }

        return observed;
    }

    private static Command Import()
    {
        var nodes = new Option<string>("--nodes") { Description = "CSV of machines: sn, cpu_milli, memory_mib, gpu, model.", HelpName = "FILE", Required = true };
        var pods = new Option<string>("--pods") { Description = "CSV of pods: cpu_milli, memory_mib, qos and times.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--out") { Description = "The fleet file to write.", HelpName = "FILE", Required = true };
        var name = new Option<string>("--name") { Description = "Name of the fleet. Default: imported", DefaultValueFactory = _ => "imported" };
        var force = new Option<bool>("--force") { Description = "Write over a file that exists." };
        var json = CommonOptions.Json();
        var command = new Command("import", "Makes a fleet file of a cluster trace: clusters by model and size, demand over time from the pods' lives.") { nodes, pods, output, name, force, json };
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(output)!;
            if (File.Exists(file) && !parsed.GetValue(force))
            {
                throw CommandException.BadInput($"{file}: there is such a file already; give another one, or --force to write over it");
            }

            var imported = TraceFiles.Read(parsed.GetValue(name)!, parsed.GetValue(nodes)!, parsed.GetValue(pods)!);
            TraceFiles.Write(imported, file);
            Printer.Print(
                new JsonObject { ["file"] = file, ["clusters"] = imported.Fleet.Clusters.Length, ["nodes"] = imported.Fleet.Clusters.Sum(cluster => cluster.NodeCount) },
                parsed.GetValue(json),
                () => Console.Out.WriteLine($"{file}: {imported.Fleet.Clusters.Length} clusters, {imported.Fleet.Clusters.Sum(cluster => cluster.NodeCount)} nodes"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Ledger()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var run = new Option<Guid?>("--run") { Description = "Only of this run and its children. Default: of all runs", HelpName = "ID" };
        var command = new Command("ledger", "Shows who held which capacity from when to when, and what it cost.") { run, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var ledger = await client.GetAsync($"/api/fleet/ledger{(parsed.GetValue(run) is { } id ? $"?run={id}" : "")}", cancellationToken);
            Printer.Print(ledger, parsed.GetValue(json), () => ReportTables.WriteLedger((JsonObject)ledger, Console.Out));
        }, cancellationToken));
        return command;
    }
}
