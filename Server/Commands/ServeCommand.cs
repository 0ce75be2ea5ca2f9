using System.CommandLine;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Logging;

namespace Orchestrator.Server.Commands;

/// <summary><c>serve</c>: a server of one process or of several, until it is told to stop.</summary>
internal static partial class ServeCommand
{
    public static Command Create()
    {
        var data = CommonOptions.Data();
        var port = CommonOptions.Port("Port of the API on 127.0.0.1; 0 takes a free one. Default: 5080");
        var fleet = CommonOptions.Fleet();
        var speed = CommonOptions.Speed();
        var start = CommonOptions.Start();
        var cloud = CommonOptions.Cloud();
        var ask = PeopleOption.Ask();
        var simulated = PeopleOption.Simulated();
        var acceptLoss = new Option<bool>("--accept-loss") { Description = "Start though commits that were acknowledged are missing from the data folder's journal; the audit keeps that you did." };
        var approveAs = PeopleOption.ApproveAs();
        var server = new MemberOptions();
        var command = new Command("serve", "Serves the API, the engine and its workers, or some of them beside other servers, with a simulated cloud unless --cloud says where one is.")
        {
            data, port, fleet, speed, start, cloud, approveAs, ask, simulated, acceptLoss,
        };
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = server.Apply(parsed, Settings.Load());
            var request = new HostRequest(new DataFolder(parsed.GetValue(data) ?? settings.Server.Data), parsed.GetValue(port) ?? settings.Server.Port)
            {
                Runbooks = [settings.Server.Runbooks ?? Installation.Runbooks],
                PromotionEnvironment = new EnvironmentSettings
                {
                    Fleet = parsed.GetValue(fleet),
                    Speed = parsed.GetValue(speed),
                    Start = parsed.GetValue(start),
                    Cloud = parsed.GetValue(cloud),
                },
                ApproveAs = PeopleOption.Read(parsed.GetValue(approveAs)),
                Ask = parsed.GetValue(ask),
                SimulatedPeople = parsed.GetValue(simulated),
                FiresTriggers = true,
                Quarantine = server.Quarantine(parsed),
                AcceptLoss = parsed.GetValue(acceptLoss),
            };
            using var stop = new StopSignal("stopping; unfinished runs go on when the server starts again");
            await using var host = await OrchestratorHost.StartAsync(settings, request, cancellationToken);
            var world = $", {host.PromotionEnvironment.Description}";
            var (url, logger) = (host.Url, host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeCommand)));
            // A reader of JSON lines gets nothing else.
            if (settings.Log is { IsJson: true } log && log.OutputOf(hasView: false) == LogOutput.StandardOutput) LogReady(logger, url, world);
            else await Console.Out.WriteLineAsync($"orchestrator: ready on {url}{world}");
            await stop.WhenRequestedAsync(host.WhenStoppingAsync());
            var gone = host.Engine.StoreUnavailable is { OnlyWrites: false } unavailable && settings.Workflows.Store is null ? unavailable : null;
            await host.StopAsync(CancellationToken.None);
            if (gone is not null) throw CommandException.NotReachable($"stopped; {gone.What}");
            return host.Engine.Refused is { IsCompletedSuccessfully: true } refused ? throw CommandException.NotReachable((await refused).Message) : ExitCode.Done;
        });
        return command;
    }

    [LoggerMessage(EventId = 9071, Level = LogLevel.Information, Message = "Ready on {Url}{World}")]
    private static partial void LogReady(ILogger logger, Uri url, string world);
}
