using System.Text.RegularExpressions;
using Orchestrator.Infra.Settings;
using Orchestrator.Server.Commands;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Logging;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Execution.Settings;

namespace Orchestrator.Server.Tests.Deploy;

public sealed partial class DeployTests
{
    private static readonly Dictionary<string, Type> Sections = new()
    {
        ["Server"] = typeof(ServerOptions),
        ["Log"] = typeof(LogOptions),
        ["Telemetry"] = typeof(TelemetryOptions),
        ["Simulation"] = typeof(SimulationOptions),
        ["Workflows"] = typeof(WorkflowOptions),
        ["Infra"] = typeof(InfraOptions),
    };

    [Fact]
    public void Every_setting_that_they_name_is_one()
    {
        var named = DeployFiles.All.SelectMany(file => Setting().Matches(File.ReadAllText(file)).Select(match => (file, Section: match.Groups[1].Value, Name: match.Groups[2].Value))).ToList();

        Assert.Contains(named, setting => setting is { Section: "Workflows", Name: "Store" });
        Assert.All(named, setting =>
        {
            Assert.True(Sections.TryGetValue(setting.Section, out var options), $"{setting.file}: no section {setting.Section}");
            Assert.True(options!.GetProperty(setting.Name) is not null, $"{setting.file}: no setting {setting.Section}:{setting.Name}");
        });
    }

    [Fact]
    public void Every_command_line_that_they_run_is_understood()
    {
        var lines = DeployFiles.CommandLines().ToList();

        Assert.True(lines.Count >= 8, $"only {lines.Count} command lines were found");
        Assert.All(lines, line => Assert.True(
            CommandLine.Root().Parse(line.Arguments).Errors is [], $"{line.File}: orchestrator {string.Join(' ', line.Arguments)}"));
    }

    [Fact]
    public void Every_service_of_compose_finds_what_it_names()
    {
        var compose = DeployFiles.Documents(Path.Combine(DeployFiles.Root, "compose.yaml")).Single();
        var services = compose["services"];
        var volumes = compose["volumes"].Keys().ToHashSet();
        foreach (var name in services.Keys())
        {
            var service = services[name];
            Assert.All(service.Find("volumes")?.AsSequence() ?? [], volume => Assert.Contains(volume.AsText().Split(':')[0], volumes));
            Assert.NotNull(service.Find("healthcheck"));
        }

        Assert.All(compose["x-server"]["depends_on"].Keys(), needed => Assert.Contains(needed, services.Keys()));
    }

    [GeneratedRegex("ORCHESTRATOR_([A-Za-z]+)__([A-Za-z]+)")]
    private static partial Regex Setting();
}
