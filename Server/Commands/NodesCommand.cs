using System.CommandLine;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>nodes</c>: which processes share the store, over the API of a running server.</summary>
internal static class NodesCommand
{
    public static Command Create() => new("nodes", "Shows the nodes that share the store.") { List() };

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var command = new Command("list", "Lists the nodes that are alive, with their roles and their share of the runs.") { server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var page = await client.GetAsync("/api/nodes", cancellationToken);
            Answer.Print(page, parsed.GetValue(json), () =>
            {
                Answer.Table(page["items"]!.AsArray(), "node", "roles", "tags", "shards", "slots", "version", "format", "joinedAt", "draining");
                if (!Console.IsOutputRedirected) Console.Out.WriteLine($"All write format {page["format"]}.");
            });
        }, cancellationToken));
        return command;
    }
}
