using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>schedules</c>: triggers, freeze windows and overrides, over the API of a running server.</summary>
internal static class SchedulesCommand
{
    public static Command Create() => new("schedules", "Lists triggers with their next fires, pauses and resumes them; freeze windows and overrides.")
    {
        List(), Fires(), Change("pause", "Its fires start nothing until resume; each is recorded."), Change("resume", "It fires again; what came meanwhile is not made up for."),
        FreezesCommand.Create(), OverrideCommand.Create(),
    };

    /// <summary>A time with its offset.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (Workflows.Model.Values.Times.TryParse(result.Tokens[0].Value, out var time)) return time;

            result.AddError($"{name}: '{result.Tokens[0].Value}' is not a time; {Workflows.Model.Values.Times.Form}");
            return null;
        },
    };

    /// <summary>Who decides, and in which role.</summary>
    public static Option<string> Decider() => new("--as") { Description = "Who you are, and in which role: commander or change-approver.", HelpName = "USER:ROLE", Required = true };

    public static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture);

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var runbook = new Option<string?>("--runbook") { Description = "Only triggers of this runbook.", HelpName = "NAME" };
        var next = new Option<int>("--next") { Description = "So many fires to come of each. Default: 3", DefaultValueFactory = _ => 3 };
        var command = new Command("list", "Lists triggers with their next fires, what is against them, and their last ones.") { runbook, next, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var query = parsed.GetValue(runbook) is { } wanted ? $"&runbook={Uri.EscapeDataString(wanted)}" : "";
            var page = await client.GetAsync($"/api/schedules?limit=1000&next={parsed.GetValue(next)}{query}", cancellationToken);
            Printer.Print(page, parsed.GetValue(json), () => Printer.Table(
                new JsonArray([.. page["items"]!.AsArray().Select(Row)]), "id", "cron", "timeZone", "misfire", "state", "next", "last"));
        }, cancellationToken));
        return command;
    }

    private static Command Fires()
    {
        var (server, data, json, id) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), Id());
        var limit = new Option<int>("--limit") { Description = "At most so many, newest first. Default: 50", DefaultValueFactory = _ => 50 };
        var command = new Command("fires", "Lists what became of a trigger's fires.") { id, limit, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var page = await client.GetAsync($"/api/schedules/{Uri.EscapeDataString(parsed.GetValue(id)!)}/fires?limit={parsed.GetValue(limit)}", cancellationToken);
            Printer.Print(page, parsed.GetValue(json), () => Printer.Table(page["items"]!.AsArray(), "scheduled", "outcome", "run", "runStatus", "missed", "detail"));
        }, cancellationToken));
        return command;
    }

    private static Command Change(string name, string description)
    {
        var (server, data, json, user, id, reason) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.As(), Id(), CommonOptions.Reason(required: true));
        var command = new Command(name, description) { id, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user, async client =>
        {
            var answer = await client.PostAsync(
                $"/api/schedules/{Uri.EscapeDataString(parsed.GetValue(id)!)}/{name}", new JsonObject { ["reason"] = parsed.GetValue(reason) }, cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine($"{name} of {answer["id"]} by {answer["by"]}: done"));
        }));
        return command;
    }

    private static Argument<string> Id() => new("TRIGGER") { Description = "The trigger's id; schedules list shows them." };

    private static JsonObject Row(JsonNode? trigger) => new()
    {
        ["id"] = trigger!["id"]!.DeepClone(),
        ["cron"] = trigger["cron"]!.DeepClone(),
        ["timeZone"] = trigger["timeZone"]!.DeepClone(),
        ["misfire"] = trigger["misfire"]!.DeepClone(),
        ["state"] = trigger["paused"] is { } paused ? $"paused by {paused["by"]}" : trigger["error"] is { } error ? Printer.Text(error) : "on",
        ["next"] = new JsonArray([.. trigger["next"]!.AsArray().Select(fire => (JsonNode)With(fire!["at"], Held(fire)))]),
        ["last"] = trigger["last"]!.AsArray() is [{ } last, ..] ? With(last["scheduled"], $" {last["outcome"]}{(last["runStatus"] is { } status ? $", run {status}" : "")}") : "",
    };

    private static string Held(JsonNode fire) => Printer.Text(fire["expected"]) switch
    {
        "blocked" => $" blocked by {string.Join(", ", fire["windows"]!.AsArray().Select(window => window!["name"]))}",
        "overridden" => " overridden",
        _ => "",
    };

    private static string With(JsonNode? time, string words) => $"{Printer.Text(time)}{words}";
}
