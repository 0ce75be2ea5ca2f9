using System.CommandLine;
using System.Text.Json;
using Orchestrator.Fleet.Clock;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Environments;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Server.Commands;

/// <summary><c>cloud</c>: the simulated cloud alone, so that it outlives the runs that use it.</summary>
internal static class CloudCommand
{
    public static Command Create()
    {
        var fleet = CommonOptions.Fleet();
        var port = CommonOptions.Port("Port on 127.0.0.1; 0 takes a free one. Default: 5090");
        var speed = CommonOptions.Speed();
        var start = CommonOptions.Start();
        var log = new Option<string?>("--log") { Description = "Append every effect on the cloud to this file, one JSON line each.", HelpName = "FILE" };
        // How an orchestrator starts the cloud of its own night; see EnvironmentFile.
        var anchor = new Option<string?>("--anchor") { Hidden = true };
        var keepWith = new Option<string?>("--keep-with") { Hidden = true };
        var command = new Command("cloud", "Runs the simulated cloud alone, until it is told to stop.") { fleet, port, speed, start, log, anchor, keepWith };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings.Load();
            var definition = EnvironmentOpener.ReadFleet(new EnvironmentSettings { Fleet = parsed.GetValue(fleet) }, new SimulationOptions { Fleet = settings.Simulation.Fleet }, null)!.Fleet;
            var options = settings.Simulation;
            using var stop = new StopSignal("the simulated cloud stops");
            if (parsed.GetValue(keepWith) is not null)
            {
                CloudProcess.LeaveTerminal();
            }

            await using var cloud = await SimulatedCloud.StartAsync(
                new SimulatedCloudOptions
                {
                    Fleet = definition,
                    EnvironmentClock = parsed.GetValue(anchor) is { } given
                        ? new EnvironmentClock(JsonSerializer.Deserialize(given, EnvironmentJson.Default.ClockAnchor)!)
                        : EnvironmentClock.StartingNow(parsed.GetValue(speed) ?? options.Speed, parsed.GetValue(start) ?? options.Start ?? definition.Start),
                    Port = parsed.GetValue(port) ?? 5090,
                    EffectsFile = parsed.GetValue(log),
                    Delays = options.Delays,
                    Seed = options.Seed,
                },
                cancellationToken);
            await Console.Out.WriteLineAsync($"orchestrator: simulated cloud ready on {cloud.BaseAddress}");
            await stop.WhenRequestedAsync(parsed.GetValue(keepWith) is { } file
                ? EnvironmentKeeper.WhenAbandonedAsync(file, TimeProvider.System, cancellationToken)
                : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
            return ExitCode.Done;
        });
        return command;
    }
}
