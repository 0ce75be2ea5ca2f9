using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>runs</c>: look at runs and act on them, over the API of a running server.</summary>
internal static class RunsCommand
{
    public static Command Create()
    {
        var command = new Command("runs", "Lists runs, shows one, and acts on one.") { List(), Show() };
        command.Add(Action("pause", "Nothing new begins until resume; running tasks end."));
        command.Add(Action("resume", "A paused run goes on."));
        command.Add(Action("cancel", "Stops a run; finally blocks still run, but not of a run that is held."));
        command.Add(Action("undo", "Takes the completed steps of a run back, in reverse."));
        command.Add(StepAction("retry", "Tries a failed step again, or the run itself when it is held.", reasonRequired: false));
        command.Add(StepAction("skip", "Passes over a step; the journal keeps why.", reasonRequired: true));
        command.Add(Signal());
        return command;
    }

    private static Command List()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var open = new Option<bool>("--open") { Description = "Only runs under way." };
        var runbook = new Option<string?>("--runbook") { Description = "Only runs of this runbook.", HelpName = "NAME" };
        var status = new Option<string[]>("--status") { Description = "Only runs in this state. Repeatable.", HelpName = "WORD", DefaultValueFactory = _ => [] };
        var limit = new Option<int>("--limit") { Description = "At most so many, newest first. Default: 50", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "Lists runs, newest first.") { open, runbook, status, limit, server, data, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = new List<string> { $"limit={parsed.GetValue(limit)}" };
            query.AddRange(parsed.GetValue(open) ? ["open=true"] : []);
            query.AddRange(parsed.GetValue(runbook) is { } name ? [$"runbook={Uri.EscapeDataString(name)}"] : []);
            query.AddRange(parsed.GetValue(status)!.Select(word => $"status={Uri.EscapeDataString(word)}"));
            return await ReadAsync(parsed, server, data, async client =>
            {
                var page = await client.GetAsync($"/api/runs?{string.Join('&', query)}", cancellationToken);
                Printer.Print(page, parsed.GetValue(json), () => Printer.Table(page["items"]!.AsArray(), "id", "runbook", "status", "startedAt", "endedAt", "startedBy"));
            }, cancellationToken);
        });
        return command;
    }

    private static Command Show()
    {
        var (server, data, json) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json());
        var id = Id();
        var command = new Command("show", "Shows a run: inputs, steps, what waits and on whom.") { id, server, data, json };
        command.SetAction((parsed, cancellationToken) => ReadAsync(parsed, server, data, async client =>
        {
            var run = (JsonObject)await client.GetAsync($"/api/runs/{parsed.GetValue(id)}", cancellationToken);
            var steps = new JsonArray();
            await foreach (var step in client.ListAsync($"/api/runs/{parsed.GetValue(id)}/steps?limit=1000", cancellationToken))
            {
                steps.Add(step.DeepClone());
            }

            run["stepList"] = steps;
            Printer.Print(run, parsed.GetValue(json), () => RunPrinter.Write(run));
        }, cancellationToken));
        return command;
    }

    private static Command Action(string name, string description)
    {
        var (server, data, json, user, id, reason) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.As(), Id(), CommonOptions.Reason());
        var command = new Command(name, description) { id, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => WithAsync(parsed, server, data, user, async client =>
            Done(await client.PostAsync($"/api/runs/{parsed.GetValue(id)}/{name}", new JsonObject { ["reason"] = parsed.GetValue(reason) }, cancellationToken), parsed.GetValue(json))));
        return command;
    }

    private static Command StepAction(string name, string description, bool reasonRequired)
    {
        var (server, data, json, user, id, reason) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.As(), Id(), CommonOptions.Reason(reasonRequired));
        var path = new Argument<string?>("STEP") { Description = "Path of the step, as in lend/hz-batch-a/shift." };
        if (name == "retry")
        {
            path.Arity = ArgumentArity.ZeroOrOne;
            path.Description += " None: the run itself.";
        }

        var command = new Command(name, description) { id, path, reason, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => WithAsync(parsed, server, data, user, async client =>
            Done(
                await client.PostAsync(
                    $"/api/runs/{parsed.GetValue(id)}/{name}",
                    new JsonObject { ["path"] = parsed.GetValue(path), ["reason"] = parsed.GetValue(reason) },
                    cancellationToken),
                parsed.GetValue(json))));
        return command;
    }

    private static Command Signal()
    {
        var (server, data, json, user, id) = (CommonOptions.Server(), CommonOptions.Data(), CommonOptions.Json(), CommonOptions.As(), Id());
        var name = new Argument<string>("NAME") { Description = "The signal's name." };
        var payload = new Option<string?>("--payload") { Description = "What a step that waits for it gets as its result.", HelpName = "JSON" };
        var command = new Command("signal", "Sends a signal to a run; it is kept until a step waits for it.") { id, name, payload, user, server, data, json };
        command.SetAction((parsed, cancellationToken) => WithAsync(parsed, server, data, user, async client =>
        {
            JsonNode? value;
            try
            {
                value = parsed.GetValue(payload) is { } text ? JsonNode.Parse(text) : null;
            }
            catch (JsonException exception)
            {
                throw CommandException.BadInput($"--payload is not JSON: {exception.Message}");
            }

            var address = $"/api/runs/{parsed.GetValue(id)}/signals/{Uri.EscapeDataString(parsed.GetValue(name)!)}";
            Done(await client.PostAsync(address, new JsonObject { ["payload"] = value }, cancellationToken), parsed.GetValue(json));
        }));
        return command;
    }

    private static Argument<Guid> Id() => new("RUN") { Description = "The run's id; runs list shows them." };

    private static void Done(JsonNode answer, bool json) =>
        Printer.Print(answer, json, () => Console.Out.WriteLine($"{answer["action"]} of run {answer["run"]} by {answer["by"]}: done"));

    internal static async Task<int> WithAsync(ParseResult parsed, Option<Uri?> server, Option<string?> data, Option<string?>? user, Func<ApiClient, Task> call)
    {
        var folder = new DataFolder(parsed.GetValue(data) ?? Settings.Load().Server.Data);
        using var client = ApiClient.Connect(parsed.GetValue(server), folder, user is null ? null : parsed.GetValue(user));
        await call(client);
        return ExitCode.Done;
    }

    /// <summary>
    /// For commands that only look: asks the server, or where none works on the data folder and none was named, reads the
    /// folder's journal.
    /// </summary>
    internal static async Task<int> ReadAsync(
        ParseResult parsed, Option<Uri?> server, Option<string?> data, Func<ApiClient, Task> call, CancellationToken cancellationToken)
    {
        var settings = Settings.Load();
        var folder = new DataFolder(parsed.GetValue(data) ?? settings.Server.Data);
        if (parsed.GetValue(server) is not null || folder.FindServer() is not null || !folder.HasJournal)
        {
            return await WithAsync(parsed, server, data, null, call);
        }

        await using var host = await OrchestratorHost.StartReadingAsync(settings, folder, cancellationToken);
        using var client = new ApiClient(host.Url, Caller.Of(null));
        await call(client);
        return ExitCode.Done;
    }
}
