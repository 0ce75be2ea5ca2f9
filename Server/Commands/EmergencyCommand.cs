using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>emergency</c>: the plan of the scale-down, its approvals, and its trigger, over the API of a running server.</summary>
internal static class EmergencyCommand
{
    public static Command Create() => new("emergency", "Plans the emergency scale-down, approves the plan, triggers the plan.") { Plan(), Approve(), ScaleDown() };

    private static Command Plan()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var user = new Option<string?>("--as") { Description = "Who you are and in which role, to keep the plan.", HelpName = "USER:ROLE" };
        var keep = new Option<bool>("--keep") { Description = "Keep it as a plan that others approve. Default: only show it" };
        var command = new Command("plan", "Shows what an emergency stop would take down now, in which order, and the plan made last.") { keep, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user, async client =>
        {
            if (parsed.GetValue(keep))
            {
                await client.PostAsync("/api/emergency/plan", new JsonObject(), cancellationToken);
            }

            var answer = await client.GetAsync("/api/emergency", cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Write(answer));
        }));
        return command;
    }

    private static Command Approve()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var plan = new Argument<string>("PLAN") { Description = "The plan's id, as emergency plan shows it." };
        var user = As("Who approves, and in which role.");
        var comment = new Option<string?>("--comment") { Description = "Kept with the approval.", HelpName = "TEXT" };
        var command = new Command("approve", "Approves a plan; not your own.") { plan, user, comment, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.PostAsync(
                $"/api/emergency/plan/{Uri.EscapeDataString(parsed.GetValue(plan)!)}/approve", new JsonObject { ["comment"] = parsed.GetValue(comment) }, cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine($"plan {answer["id"]} is {answer["state"]}, {answer["missing"]} more needed"));
        }));
        return command;
    }

    private static Command ScaleDown()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var plan = new Option<string>("--plan") { Description = "The approved plan's id.", HelpName = "ID", Required = true };
        var confirm = new Option<string>("--confirm") { Description = "The fleet's name, typed to confirm.", HelpName = "NAME", Required = true };
        var user = As("Who triggers the plan, and in which role.");
        var reason = CommonOptions.Reason(required: true);
        var command = new Command("scale-down", "Triggers an approved plan: traffic home, units released, clusters back at batch work, at once.") { plan, confirm, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.PostAsync(
                "/api/emergency/scale-down",
                new JsonObject { ["plan"] = parsed.GetValue(plan), ["confirm"] = parsed.GetValue(confirm), ["reason"] = parsed.GetValue(reason) },
                cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine(
                answer["created"]!.GetValue<bool>() ? $"emergency run {answer["run"]} has started; watch it with: orchestrator runs show {answer["run"]}" : $"pulled before: run {answer["run"]}"));
        }));
        return command;
    }

    private static Option<string?> As(string description) => new("--as") { Description = description, HelpName = "USER:ROLE", Required = true };

    private static void Write(JsonNode answer)
    {
        var now = answer["now"]!;
        Printer.Table(now["lines"]!.AsArray(), "rank", "kind", "id", "from", "to", "machines", "costPerHour");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"saves {now["saves"]!["costPerHour"]} {now["currency"]} an hour, {now["saves"]!["hosts"]} hosts, {now["saves"]!["nodes"]} nodes"));
        Console.Out.WriteLine(answer["plan"] is { } plan
            ? $"plan {plan["id"]} of {plan["by"]} is {plan["state"]}, {plan["missing"]} more approvals needed, good until {plan["validUntil"]}"
            : "no plan is kept; keep one with: orchestrator emergency plan --keep");
        foreach (var change in answer["plan"]?["changed"]?.AsArray() ?? [])
        {
            Console.Out.WriteLine($"  since then: {change}");
        }
    }
}
