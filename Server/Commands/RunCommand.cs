using System.CommandLine;
using System.Text.Json;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Output;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Terminal;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Commands;

/// <summary><c>run</c>: a runbook from start to end in this process, with a report at the end.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var runbook = new Argument<string>("RUNBOOK") { Description = "A runbook file, or the name of one that ships." };
        var (input, inputs, approveAs) = (CommonOptions.Input(), CommonOptions.Inputs(), PeopleOption.ApproveAs());
        var (fleet, speed, start, cloud) = (CommonOptions.Fleet(), CommonOptions.Speed(), CommonOptions.Start(), CommonOptions.Cloud());
        var (user, data, json) = (CommonOptions.As(), CommonOptions.Data(), CommonOptions.Json());
        var port = CommonOptions.Port("Port of the API on 127.0.0.1 while the run goes on. Default: a free one");
        var ask = PeopleOption.Ask();
        var simulated = PeopleOption.Simulated();
        var id = new Option<Guid?>("--id") { Description = "Id of the run: one that exists goes on, whatever became of the process that ran it.", HelpName = "ID" };
        var command = new Command("run", "Runs a runbook from start to end, on the simulated cloud unless --cloud says where one is.")
        {
            runbook, input, inputs, approveAs, ask, simulated, fleet, speed, start, cloud, id, user, data, port, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings.Load();
            // Beside a server of this machine on the same store it is a node of its own.
            settings = settings.With(new Dictionary<string, string?> { ["Workflows:ServerName"] = $"{settings.Workflows.ServerName}-run-{Environment.ProcessId}" });
            var catalog = RunbookCatalog.Load(settings).For(parsed.GetValue(runbook)!);
            var file = catalog.Locate(parsed.GetValue(runbook)!);
            var read = catalog.Read(file);
            var values = InputValues.Bind(read, file, parsed.GetValue(input)!, parsed.GetValue(inputs));
            // A run that goes on was planned when it started; of a cloud elsewhere only the host learns the fleet.
            var measured = parsed.GetValue(id) is null && (parsed.GetValue(cloud) ?? settings.Simulation.Cloud) is null ? EnvironmentOpener.FleetOf(parsed.GetValue(fleet), settings.Simulation) : null;
            RunbookCatalog.RefuseWhatCannotStart(catalog.Over(measured).Plan(read, values, file));
            var request = new HostRequest(new DataFolder(parsed.GetValue(data) ?? settings.Server.Data), parsed.GetValue(port) ?? 0)
            {
                Runbooks = catalog.Folders,
                PromotionEnvironment = new EnvironmentSettings { Fleet = parsed.GetValue(fleet), Speed = parsed.GetValue(speed), Start = parsed.GetValue(start), Cloud = parsed.GetValue(cloud) },
                ApproveAs = PeopleOption.Read(parsed.GetValue(approveAs)),
                Ask = parsed.GetValue(ask),
                SimulatedPeople = parsed.GetValue(simulated),
                CloudFirst = true,
                HasView = true,
            };
            using var stop = new StopSignal("stopping; the run stays and can be continued");
            var systemClock = TimeProvider.System.GetTimestamp();
            await using var host = await OrchestratorHost.StartAsync(settings, request, cancellationToken);
            await WhenWorldIsThereAsync(host, cancellationToken);
            var started = await StartAsync(host, read, values, Caller.Of(parsed.GetValue(user)).Name, parsed.GetValue(id), cancellationToken);
            var family = new RunFamily(started);
            // A run that goes on keeps the version it was started with.
            var pinned = await host.Engine.FindAsync(started, cancellationToken) is { } summary
                ? await host.Engine.FindRunbookAsync(summary.Digest, cancellationToken) ?? read : read;
            await using (var display = Display(parsed.GetValue(json), host, pinned))
            {
                var nobodyActs = parsed.GetValue(json) || Console.IsOutputRedirected;
                await new RunFollower(host.Engine, family, display).FollowAsync(untilIncident: nobodyActs, stop.Requested);
            }

            var report = await ReportAsync(host, family, new InvariantAudit(host.Services.GetRequiredService<ProfileSet>()), TimeProvider.System.GetElapsedTime(systemClock));
            await host.StopAsync(CancellationToken.None);
            Print(report, parsed.GetValue(json));
            if (report.Outcome is "open" or "incident")
            {
                await Console.Error.WriteLineAsync(
                    $"orchestrator: the run stays; go on with: orchestrator run {parsed.GetValue(runbook)} --id {started} --data {request.Data.Path}");
            }

            return ExitCodeOf(report.Outcome);
        });
        return command;
    }

    private static async Task WhenWorldIsThereAsync(OrchestratorHost host, CancellationToken cancellationToken)
    {
        if (host.PromotionEnvironment.Origin == EnvironmentOrigin.CloudLost)
        {
            await Console.Error.WriteLineAsync("orchestrator: the simulated cloud of the earlier process is gone; runs go on against a new one that knows nothing of what they did");
        }

        if (host.PromotionEnvironment.Own)
        {
            await EnvironmentOpener.WhenCloudAnswersAsync(host.PromotionEnvironment.Cloud!, host.PromotionEnvironment.Clock?.Anchor, cancellationToken);
        }
    }

    private static async Task<RunId> StartAsync(
        OrchestratorHost host, Runbook runbook, JsonElement inputs, string user, Guid? id, CancellationToken cancellationToken)
    {
        var result = await host.Engine.StartAsync(
            new StartRequest(runbook, inputs, user) { Id = id is { } given ? new RunId(given) : null }, cancellationToken);
        return result.Refusal is { } refusal ? throw new CommandException(ExitCode.Failed, refusal.Message) : result.Run;
    }

    private static IRunDisplay Display(bool json, OrchestratorHost host, Runbook runbook)
    {
        if (json)
        {
            return Console.IsErrorRedirected ? new NoDisplay() : new PlainLines(Console.Error);
        }

        return Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "dumb"
            ? new PlainLines(Console.Out)
            : new LiveTree(TerminalWriter.AnsiOutput, host.PromotionEnvironment, host.Url, runbook);
    }

    private static async Task<RunReport> ReportAsync(OrchestratorHost host, RunFamily family, InvariantAudit audit, TimeSpan systemClock)
    {
        var ledger = new Ledger();
        DateTimeOffset? lastFact = null;
        await foreach (var fact in host.Engine.FactsAsync(tree: family.Root.Run))
        {
            audit.Apply(fact);
            if (InvariantAudit.Read(fact.Fact) is { } read)
            {
                ledger.Apply(read);
                lastFact = fact.At;
            }
        }

        var root = family.Root;
        var now = host.PromotionEnvironment.Time.GetUtcNow();
        var started = root.Started is null ? now : root.StartedAt;
        var outcome = root.Ended is { } ended ? Api.Words.Of(ended.Outcome) : family.Incidents.Any() && !family.Moves ? "incident" : "open";
        var error = root.Ended?.Error ?? family.Incidents.Select(incident => incident.Incident.Error).FirstOrDefault();
        return new RunReport(
            root.Run.ToString(), root.Started?.Runbook ?? "", outcome, started, root.EndedAt,
            Math.Round(((root.EndedAt ?? now) - started).TotalSeconds, 3), Math.Round(systemClock.TotalSeconds, 3), host.PromotionEnvironment.Simulated,
            StepCounts.Of(family), RunReport.FindReport(family, ledger, lastFact, new ReportWriter(host.Services.GetRequiredService<ProfileSet>(), host.PromotionEnvironment.Fleet.Fleet)), audit.Report, ErrorResponse.Of(error));
    }

    private static void Print(RunReport report, bool json)
    {
        if (json)
        {
            Printer.WriteJson(JsonSerializer.Serialize(report, RunReportJson.Default.RunReport));
            return;
        }

        ReportTables.Write(report, Console.Out);
    }

    private static int ExitCodeOf(string outcome) => outcome switch
    {
        "done" => ExitCode.Done,
        "failed" or "undo-incomplete" or "incident" => ExitCode.Failed,
        _ => ExitCode.Cancelled,
    };
}
