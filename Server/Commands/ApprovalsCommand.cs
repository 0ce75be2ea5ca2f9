using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>approvals</c>: what waits for people, and their decisions, over the API of a running server.</summary>
internal static class ApprovalsCommand
{
    public static Command Create() => new("approvals", "Lists the approvals that wait, approves, rejects.")
    {
        List(), Decide("approve", "Approves, in the roles you give."), Decide("reject", "Rejects; one rejection rejects."),
    };

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var role = new Option<string?>("--role") { Description = "Only what this role may decide.", HelpName = "ROLE" };
        var command = new Command("list", "Lists the approvals that wait.") { role, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.ReadAsync(parsed, server, data, async client =>
        {
            var query = parsed.GetValue(role) is { } wanted ? $"&role={Uri.EscapeDataString(wanted)}" : "";
            var page = await client.GetAsync($"/api/approvals?limit=1000{query}", cancellationToken);
            Printer.Print(page, parsed.GetValue(json), () => Printer.Table(page["items"]!.AsArray(), "run", "path", "question", "roles", "quorum", "deadline"));
        }, cancellationToken));
        return command;
    }

    private static Command Decide(string name, string description)
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var run = new Argument<Guid>("RUN") { Description = "The run's id." };
        var path = new Argument<string>("STEP") { Description = "Path of the approval, as approvals list shows it." };
        var user = new Option<string>("--as") { Description = "Who decides, and in which role.", HelpName = "USER:ROLE", Required = true };
        var comment = new Option<string?>("--comment") { Description = "Kept with the decision.", HelpName = "TEXT" };
        var command = new Command(name, description) { run, path, user, comment, server, data, json };
        command.SetAction((parsed, cancellationToken) => RunsCommand.WithAsync(parsed, server, data, user!, async client =>
        {
            _ = PeopleOption.Read([parsed.GetValue(user)!], "--as");
            var answer = await client.PostAsync(
                $"/api/approvals/{parsed.GetValue(run)}/{name}",
                new JsonObject { ["path"] = parsed.GetValue(path), ["comment"] = parsed.GetValue(comment) },
                cancellationToken);
            Printer.Print(answer, parsed.GetValue(json), () => Console.Out.WriteLine($"{name} of {answer["path"]} in run {answer["run"]} by {answer["by"]}: done"));
        }));
        return command;
    }
}
