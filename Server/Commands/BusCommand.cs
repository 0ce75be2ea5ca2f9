using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>bus</c>: what carries messages between servers, and what nobody could handle, over the API of a running server.</summary>
internal static class BusCommand
{
    public static Command Create() => new("bus", "Shows the bus between servers, and deals with envelopes that nobody could handle.")
    {
        Show(),
        new Command("dead-letters", "Lists envelopes that nobody could handle, replays them, throws them away.") { List(), Replay(), Discard() },
    };

    private static Command Show()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var command = new Command("show", "Shows the connection and every queue, with what waits in it and how many read it.") { server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, null, async client =>
        {
            var bus = await client.GetAsync("/api/bus", cancellationToken);
            Printer.Print(bus, parsed.GetValue(json), () => BusPrinter.Write(bus));
        }));
        return command;
    }

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var limit = new Option<int>("--limit") { Description = "At most so many, oldest first. Default: 50", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "Lists dead letters, oldest first; looking loses none.") { limit, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, null, async client =>
        {
            var list = await client.GetAsync($"/api/bus/dead-letters?limit={parsed.GetValue(limit)}", cancellationToken);
            Printer.Print(list, parsed.GetValue(json), () => BusPrinter.WriteDeadLetters(list));
        }));
        return command;
    }

    private static Command Replay()
    {
        var (server, data, json, user, ids, all) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.As(), Ids(), All());
        var command = new Command("replay", "Puts dead letters into their queues again.") { ids, all, user, server, data, json };
        command.Validators.Add(result => OneOf(result, ids, all));
        command.SetAction((parsed, cancellationToken) => RequestAsync(parsed, server, data, json, user, "replayed", client =>
            client.PostAsync("/api/bus/dead-letters/replay", parsed.GetValue(all)
                ? new JsonObject { ["all"] = true }
                : new JsonObject { ["ids"] = new JsonArray([.. parsed.GetValue(ids)!.Select(id => (JsonNode)id)]) }, cancellationToken)));
        return command;
    }

    private static Command Discard()
    {
        var (server, data, json, user, ids, all) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.As(), Ids(), All());
        var reason = new Option<string>("--reason") { Description = "Why, for the log.", HelpName = "TEXT", Required = true };
        var command = new Command("discard", "Throws dead letters away; the log keeps what they were.") { ids, all, reason, user, server, data, json };
        command.Validators.Add(result => OneOf(result, ids, all));
        command.SetAction((parsed, cancellationToken) => RequestAsync(parsed, server, data, json, user, "discarded", client =>
        {
            var which = parsed.GetValue(all) ? "all=true" : string.Join('&', parsed.GetValue(ids)!.Select(id => $"id={Uri.EscapeDataString(id)}"));
            return client.DeleteAsync($"/api/bus/dead-letters?{which}&reason={Uri.EscapeDataString(parsed.GetValue(reason)!)}", cancellationToken);
        }));
        return command;
    }

    private static async Task<int> RequestAsync(
        ParseResult parsed, Option<Uri?> server, Option<string?> data, Option<bool> json, Option<string?> user, string did, Func<ApiClient, Task<JsonNode>> call)
    {
        var left = 0;
        var code = await RunsCommand.WithAsync(parsed, server, data, user, async client =>
        {
            var outcome = await call(client);
            left = outcome["kept"]!.AsArray().Count;
            Printer.Print(outcome, parsed.GetValue(json), () => BusPrinter.WriteOutcome(outcome, did));
        });
        return left > 0 ? ExitCode.Failed : code;
    }

    private static Argument<string[]> Ids() => new("ID") { Description = "Ids as dead-letters list shows them.", Arity = ArgumentArity.ZeroOrMore };

    private static Option<bool> All() => new("--all") { Description = "All there are." };

    private static void OneOf(System.CommandLine.Parsing.CommandResult result, Argument<string[]> ids, Option<bool> all)
    {
        if (result.GetValue(ids) is { Length: > 0 } == result.GetValue(all)) result.AddError("say which dead letters: some by their ids, or --all");
    }
}
