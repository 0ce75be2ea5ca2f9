using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>schedules freezes</c>: windows that hold triggers back.</summary>
internal static partial class FreezesCommand
{
    private const string RangeForm =
        "FROM/TO with two times (2026-11-10T00:00+08:00/2026-11-12T00:00+08:00), or HH:mm-HH:mm ZONE, with days before it or for every day (fri,sat 22:00-06:00 Asia/Shanghai)";

    public static Command Create() => new("freezes", "Lists, adds and removes freeze windows.")
    {
        List(), Add(), Remove(),
        Decide("approve", "Approves that a freeze window is removed; never who asked for it."), Decide("reject", "Keeps a freeze window that somebody asked to remove."),
    };

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var removed = new Option<bool>("--removed") { Description = "Also those that were removed." };
        var command = new Command("list", "Lists freeze windows.") { removed, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var page = await client.GetAsync($"/api/schedules/freezes?limit=1000&removed={(parsed.GetValue(removed) ? "true" : "false")}", cancellationToken);
            Printer.Print(page, parsed.GetValue(json), () => Printer.Table(
                new JsonArray([.. page["items"]!.AsArray().Select(Row)]), "id", "name", "kind", "ranges", "runbooks", "reason", "createdBy", "removal", "removedBy"));
        }, cancellationToken));
        return command;
    }

    private static Command Add()
    {
        var (server, data, json, reason, user) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.Reason(required: true), SchedulesCommand.Decider());
        var name = new Argument<string>("NAME") { Description = "What people call it." };
        var kind = new Option<string>("--kind") { Description = "block: nothing fires within the ranges; allow-only: only within them. Default: block", HelpName = "WORD", DefaultValueFactory = _ => "block" };
        var range = new Option<string[]>("--range") { Description = $"{RangeForm}. Repeatable.", HelpName = "RANGE", Required = true };
        var runbook = new Option<string[]>("--runbook") { Description = "Only triggers of this runbook; the name may end in *. Repeatable. Default: all", HelpName = "NAME", DefaultValueFactory = _ => [] };
        var command = new Command("add", "Adds a freeze window.") { name, kind, range, runbook, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.PostAsync("/api/schedules/freezes", new JsonObject
            {
                ["name"] = parsed.GetValue(name),
                ["kind"] = parsed.GetValue(kind),
                ["ranges"] = new JsonArray([.. parsed.GetValue(range)!.Select(Range)]),
                ["runbooks"] = new JsonArray([.. parsed.GetValue(runbook)!.Select(known => (JsonNode)known)]),
                ["reason"] = parsed.GetValue(reason),
            }, cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine($"freeze window {answer["name"]} ({answer["id"]}) by {answer["createdBy"]}: added"));
        }));
        return command;
    }

    private static Command Remove()
    {
        var (server, data, json, reason, user) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.Reason(required: true), SchedulesCommand.Decider());
        var name = new Argument<string>("FREEZE") { Description = "Its name or id; schedules freezes list shows them." };
        var command = new Command("remove", "Asks that a freeze window be removed; it counts until somebody else has approved that.") { name, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.DeleteAsync(
                $"/api/schedules/freezes/{Uri.EscapeDataString(parsed.GetValue(name)!)}?reason={Uri.EscapeDataString(parsed.GetValue(reason)!)}", cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine(
                $"the removal of freeze window {parsed.GetValue(name)} is asked for by {answer["requestedBy"]}; somebody else: orchestrator schedules freezes approve {parsed.GetValue(name)} --as USER:ROLE"));
        }));
        return command;
    }

    private static Command Decide(string word, string description)
    {
        var (server, data, json, user) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), SchedulesCommand.Decider());
        var name = new Argument<string>("FREEZE") { Description = "Its name or id; schedules freezes list shows them." };
        var comment = new Option<string?>("--comment") { Description = "Kept with the decision.", HelpName = "TEXT" };
        var command = new Command(word, description) { name, comment, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.PostAsync(
                $"/api/schedules/freezes/{Uri.EscapeDataString(parsed.GetValue(name)!)}/removal/{word}", new JsonObject { ["comment"] = parsed.GetValue(comment) }, cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine($"the removal of freeze window {parsed.GetValue(name)}: {answer["status"]} by {answer["decidedBy"]}"));
        }));
        return command;
    }

    /// <summary>Throws <see cref="CommandException"/> for a text that is none; the server checks the times themselves.</summary>
    private static JsonNode Range(string text)
    {
        if (Recurring().Match(text.Trim()) is { Success: true } match)
        {
            return new JsonObject
            {
                ["kind"] = "recurring",
                ["from"] = match.Groups["from"].Value,
                ["to"] = match.Groups["to"].Value,
                ["timeZone"] = match.Groups["zone"].Value,
                ["days"] = new JsonArray([.. match.Groups["days"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(day => (JsonNode)day)]),
            };
        }

        return text.Split('/') is [var from, var to] && from.Contains('T', StringComparison.OrdinalIgnoreCase)
            ? new JsonObject { ["kind"] = "absolute", ["from"] = from.Trim(), ["to"] = to.Trim() }
            : throw CommandException.BadInput($"--range {text}: write it as {RangeForm}");
    }

    private static JsonNode Row(JsonNode? window)
    {
        var row = window!.DeepClone();
        row["removal"] = window["removal"] is { } removal ? $"asked by {removal["requestedBy"]}: {removal["reason"]}" : null;
        row["ranges"] = new JsonArray([.. window["ranges"]!.AsArray().Select(range => (JsonNode)Show(range!))]);
        return row;
    }

    private static string Show(JsonNode range) => Printer.Text(range["kind"]) == "absolute"
        ? $"{range["from"]}/{range["to"]}"
        : $"{(range["days"] is JsonArray { Count: > 0 } days ? string.Join(',', days.Select(day => day!.GetValue<string>()[..3])) + " " : "")}{range["from"]}-{range["to"]} {range["timeZone"]}";

    [GeneratedRegex(@"\A((?<days>[A-Za-z]+(,[A-Za-z]+)*)\s+)?(?<from>\d{2}:\d{2}(:\d{2})?)-(?<to>\d{2}:\d{2}(:\d{2})?)\s+(?<zone>\S+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Recurring();
}
