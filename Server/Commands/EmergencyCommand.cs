using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Infra.FastScaleDown;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Output;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>emergency</c>: the plan of the scale-down, its approvals, and its trigger, over the API of a running server.</summary>
internal static class EmergencyCommand
{
    public static Command Create() => new("emergency", "Plans the emergency scale-down, approves the plan, triggers the plan.") { Plan(), Approve(), ScaleDown() };

    private static readonly TimeSpan ServerWait = TimeSpan.FromSeconds(5);

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
        var local = new Option<bool>("--local") { Description = "Carry it out from this host's disk at once, without asking a server. Default: only when no server answers, or its store is away" };
        var command = new Command("scale-down", "Triggers an approved plan: traffic home, hosts given back, clusters back at batch work, at once. Works without server, store and bus from a host that has the plan on disk.") { plan, confirm, local, user, reason, server, data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var person = PeopleOption.Read([parsed.GetValue(user)!], "--as")[0];
            var settings = Settings.Load();
            var folder = new DataFolder(parsed.GetValue(data) ?? settings.Server.Data);
            var carrier = new OrderCarrier(settings, folder);
            var id = parsed.GetValue(plan)!;
            if (!parsed.GetValue(local))
            {
                try
                {
                    // A server that is slow to say that it cannot is not waited for where there is another way; both ways carry out the same order.
                    using var client = ApiClient.Connect(parsed.GetValue(server), folder, parsed.GetValue(user), carrier.Plans.Contains(id) ? ServerWait : null);
                    await TriggerAsync(client, parsed, id, parsed.GetValue(confirm)!, parsed.GetValue(reason)!, json, cancellationToken);
                    return ExitCode.Done;
                }
                catch (CommandException away) when (away.ExitCode == ExitCode.NotReachable && carrier.Find(id) is not null)
                {
                    await Console.Error.WriteLineAsync(Printable.Line($"orchestrator: {away.Message}"));
                    await Console.Error.WriteLineAsync("orchestrator: this host has the approved plan on disk; it is carried out from here, and the journal gets what was done when the store is back");
                }
            }

            var order = carrier.Find(id) ?? throw CommandException.BadInput(
                carrier.Plans.Count == 0 ? $"this data folder has no order of plan {id}: a server writes it while a plan is approved and good" : $"this data folder has no order of plan {id}; it has {string.Join(", ", carrier.Plans)}");
            return await CarryOutAsync(carrier, order, person, parsed.GetValue(confirm)!, parsed.GetValue(reason)!, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task TriggerAsync(ApiClient client, ParseResult parsed, string plan, string confirm, string reason, Option<bool> json, CancellationToken cancellationToken)
    {
        var answer = await client.PostAsync("/api/emergency/scale-down", new JsonObject { ["plan"] = plan, ["confirm"] = confirm, ["reason"] = reason }, cancellationToken);
        Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine(
            answer["created"]!.GetValue<bool>() ? $"emergency run {answer["run"]} has started; watch it with: orchestrator runs show {answer["run"]}" : $"triggered before: run {answer["run"]}"));
    }

    private static async Task<int> CarryOutAsync(OrderCarrier carrier, KeptOrder order, Person person, string confirm, string reason, bool json, CancellationToken cancellationToken)
    {
        var age = order.AsOf.UtcDateTime;
        if (!json) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"plan {order.Plan}, as things stood at {age:yyyy-MM-dd HH:mm:ss} UTC"));
        var actions = await carrier.CarryOutAsync(
            order, person, confirm, reason,
            action =>
            {
                if (!json) Console.Out.WriteLine(Printable.Line(string.Create(CultureInfo.InvariantCulture, $"{action.Seconds,7:0.00} s  {action.Outcome.ToString().ToLowerInvariant(),-6}  {action.Kind} {action.Id}: {action.Detail}")));
            },
            cancellationToken);
        if (json)
        {
            Printer.WriteJson(new JsonObject
            {
                ["plan"] = order.Plan, ["asOf"] = order.AsOf.ToString("O", CultureInfo.InvariantCulture),
                ["actions"] = new JsonArray([.. actions.Select(action => System.Text.Json.JsonSerializer.SerializeToNode(action, CarriedOutJson.Default.ScaleDownAction))]),
            }.ToJsonString());
        }

        return actions.All(action => action.Outcome == ScaleDownOutcome.Done) ? ExitCode.Done : ExitCode.Failed;
    }

    private static Option<string?> As(string description) => new("--as") { Description = description, HelpName = "USER:ROLE", Required = true };

    private static void Write(JsonNode answer)
    {
        var now = answer["now"]!;
        Printer.Table(now["lines"]!.AsArray(), "rank", "kind", "id", "from", "to", "machines", "costPerHour");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"saves {now["saves"]!["costPerHour"]} {now["currency"]} an hour, {now["saves"]!["hosts"]} hosts, {now["saves"]!["nodes"]} nodes"));
        if (now["home"] is { } home)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"home carries {home["sharePercent"]} % of the {home["demand"]!.GetValue<double>():#,0} requests a second that come back"));
        }

        foreach (var kept in now["keeps"]?.AsArray() ?? [])
        {
            Console.Out.WriteLine(Printable.Line($"  not touched: {kept}"));
        }

        Console.Out.WriteLine(answer["plan"] is { } plan
            ? $"plan {plan["id"]} of {plan["by"]} is {plan["state"]}, {plan["missing"]} more approvals needed, good until {plan["validUntil"]}"
            : "no plan is kept; keep one with: orchestrator emergency plan --keep");
        if (answer["plan"]?["suggested"] is { } suggested)
        {
            Console.Out.WriteLine(Printable.Line($"  the automatic trigger, which is dry, would have triggered it at {suggested["at"]}: {suggested["reason"]}"));
        }

        foreach (var change in answer["plan"]?["changed"]?.AsArray() ?? [])
        {
            Console.Out.WriteLine($"  since then: {change}");
        }
    }
}
