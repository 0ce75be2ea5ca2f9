using System.CommandLine;
using System.Text.Json;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Connections;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>doctor</c>: tries every connection that is configured.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var (data, fleet, cloud, json) = (CommonOptions.Data(), CommonOptions.Fleet(), CommonOptions.Cloud(), CommonOptions.Json());
        var (store, bus) = (MemberOptions.Store(), MemberOptions.Bus());
        var command = new Command("doctor", "Tries every connection that is configured (store, bus, clusters, cloud, traffic, metrics, stacks), tells what works, what does not and how to fix it; changes nothing. Exit code 4 when something that is configured does not work.")
        {
            data, fleet, cloud, store, bus, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = MemberOptions.Apply(Settings.Load(), parsed.GetValue(store), parsed.GetValue(bus));
            var request = new EnvironmentSettings { Fleet = parsed.GetValue(fleet), Cloud = parsed.GetValue(cloud) };
            var report = await new ConnectionDoctor(settings, new DataFolder(parsed.GetValue(data) ?? settings.Server.Data), request).CheckAsync(cancellationToken);
            Printer.Print(JsonSerializer.SerializeToNode(report, ConnectionsJson.Default.ConnectionReport)!, parsed.GetValue(json), () => ConnectionPrinter.Write(report));
            return report.Works ? ExitCode.Done : ExitCode.NotReachable;
        });
        return command;
    }
}
