using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>schedules override</c>: lets one trigger pass one freeze window, by two people.</summary>
internal static class OverrideCommand
{
    public static Command Create() => new("override", "Asks that a trigger may pass a freeze window, and decides about it.")
    {
        List(), Request(), Decide("approve", "Approves; never the person who asked."), Decide("reject", "Rejects."),
    };

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var expired = new Option<bool>("--expired") { Description = "Also those that have expired." };
        var command = new Command("list", "Lists overrides, newest first.") { expired, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var page = await client.GetAsync($"/api/schedules/overrides?limit=1000&expired={(parsed.GetValue(expired) ? "true" : "false")}", cancellationToken);
            Printer.Print(page, parsed.GetValue(json), () => Printer.Table(
                page["items"]!.AsArray(), "id", "trigger", "freeze", "fire", "expiresAt", "status", "requestedBy", "decidedBy", "reason"));
        }, cancellationToken));
        return command;
    }

    private static Command Request()
    {
        var (server, data, json, reason, user) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.Reason(required: true), CommonOptions.As());
        var trigger = new Argument<string>("TRIGGER") { Description = "The trigger's id; schedules list shows them." };
        var freeze = new Argument<string>("FREEZE") { Description = "Name or id of the freeze window." };
        var fire = SchedulesCommand.Time("--fire", "The only fire it is to be for. Default: all until it expires");
        var expires = SchedulesCommand.Time("--expires", "When it ends. Default: an hour after the fire, or a day from now");
        var command = new Command("request", "Asks for an override; somebody else approves it.") { trigger, freeze, fire, expires, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user, async client =>
        {
            var answer = await client.PostAsync("/api/schedules/overrides", new JsonObject
            {
                ["trigger"] = parsed.GetValue(trigger),
                ["freeze"] = parsed.GetValue(freeze),
                ["fire"] = parsed.GetValue(fire) is { } at ? SchedulesCommand.Text(at) : null,
                ["expiresAt"] = parsed.GetValue(expires) is { } end ? SchedulesCommand.Text(end) : null,
                ["reason"] = parsed.GetValue(reason),
            }, cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine(
                $"override {answer["id"]} asked for by {answer["requestedBy"]}; somebody else: orchestrator schedules override approve {answer["id"]} --as USER:ROLE"));
        }));
        return command;
    }

    private static Command Decide(string name, string description)
    {
        var (server, data, json, user) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), SchedulesCommand.Decider());
        var id = new Argument<Guid>("OVERRIDE") { Description = "The override's id; schedules override list shows them." };
        var comment = new Option<string?>("--comment") { Description = "Kept with the decision.", HelpName = "TEXT" };
        var command = new Command(name, description) { id, comment, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.PostAsync(
                $"/api/schedules/overrides/{parsed.GetValue(id)}/{name}", new JsonObject { ["comment"] = parsed.GetValue(comment) }, cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine($"override {answer["id"]} is {answer["status"]} by {answer["decidedBy"]}"));
        }));
        return command;
    }
}
