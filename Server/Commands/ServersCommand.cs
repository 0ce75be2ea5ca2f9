using System.CommandLine;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>servers</c>: which processes share the store, over the API of a running server.</summary>
internal static class ServersCommand
{
    public static Command Create() => new("servers", "Shows the servers that share the store.") { List() };

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var command = new Command("list", "Lists the servers that are alive, with their roles and their share of the runs.") { server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var page = await client.GetAsync("/api/servers", cancellationToken);
            Printer.Print(page, parsed.GetValue(json), () =>
            {
                Printer.Table(page["items"]!.AsArray(), "server", "roles", "tags", "shards", "slots", "version", "protocolVersion", "joinedAt", "draining");
                if (!Console.IsOutputRedirected) Console.Out.WriteLine($"All write protocol version {page["protocolVersion"]}.");
            });
        }, cancellationToken));
        return command;
    }
}
