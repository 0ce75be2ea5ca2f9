using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Settings;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Files;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Tests;

/// <summary>What settings say reaches the rooms that it is for.</summary>
public sealed class OptionTests
{
    private const string Given = """
        {
          "Workflows": {
            "ServerName": "server-7", "Tags": [ "region: cn-hangzhou" ], "ProtocolVersion": 4, "HeartbeatInterval": "00:00:02", "FailureTimeout": "00:00:07", "DrainTime": "00:00:09", "NormalConcurrency": 11,
            "EmergencyConcurrency": 12, "LeaseLength": "00:00:13", "RecoveryScanInterval": "00:00:14", "LoadedRuns": 15, "SnapshotEvery": 16, "Bus": "", "Store": null
          },
          "Schedules": { "MisfireThreshold": "00:00:21", "ReloadInterval": "00:00:22", "KeepFires": "23.00:00:00" },
          "Infra": {
            "Pulumi": { "Engine": "Cli", "Executable": "/opt/pulumi", "Backend": "postgres://db/pulumi", "SecretsProvider": "awskms://key", "Home": "/var/pulumi", "AcquirePlugins": false, "Events": "File", "GracePeriod": "00:00:51", "QuietTimeout": "00:52:00" },
            "StackParallel": 31, "NodeParallel": 32, "WebhookAllow": "10.0.0.1", "Clusters": { "hz-batch-a": { "Server": "http://127.0.0.1:1/" } },
            "Alibaba": { "Profile": "night", "Endpoints": { "*": "http://127.0.0.1:2" } },
            "Traffic": { "Kind": "Alb", "RuleId": "rule-1", "Region": "cn-shanghai", "Namespace": "edge", "Route": "buyers", "Rule": "buy", "ForceConflicts": true, "Backends": { "home": "trade-home" }, "Pattern": "trade-*", "ObservedWithin": "00:00:41" },
            "Metrics": { "Scrape": [ "http://127.0.0.1:3/metrics" ], "Traffic": "istio", "Queries": { "queue": "sum(queue_length[$window])" }, "Window": "00:00:41", "MaxAge": "00:00:42", "Timeout": "00:00:43", "Spacing": "00:00:44", "User": "eve", "Password": "pw" }
          }
        }
        """;

    [Fact]
    public async Task Every_option_reaches_its_room_and_the_command_line_goes_before()
    {
        using var folder = new Folder();
        folder.Write("given.json", Given);
        var data = new DataFolder(Path.Combine(folder.Path, "data"));
        await using (var own = Binary.Start(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0" }, "serve", "--data", "data", "--port", "0", "--ask"))
        {
            await own.WhenReadyAsync();
            await own.InterruptAsync();
            await own.WhenEndedAsync();
        }

        var settings = Settings.Load(Path.Combine(folder.Path, "given.json")).With(new Dictionary<string, string?> { ["Workflows:LoadedRuns"] = "77", ["Workflows:Tags:1000"] = "disk=fast" });
        await using var host = await OrchestratorHost.StartReadingAsync(settings, data, TestContext.Current.CancellationToken);

        var workflows = host.Services.GetRequiredService<IOptions<WorkflowOptions>>().Value;
        Assert.Equal(["region=cn-hangzhou", "disk=fast"], workflows.Tags);
        Assert.Equal(
            ("server-7", 4, 2, 7, 9, 11, 12, 13, 14, 77, 16, null, null, data.Path),
            (workflows.ServerName, workflows.ProtocolVersion, workflows.HeartbeatInterval.TotalSeconds, workflows.FailureTimeout.TotalSeconds, workflows.DrainTime.TotalSeconds, workflows.NormalConcurrency,
                workflows.EmergencyConcurrency, workflows.LeaseLength.TotalSeconds, workflows.RecoveryScanInterval.TotalSeconds, workflows.LoadedRuns, workflows.SnapshotEvery, workflows.Bus, workflows.Store, workflows.DataDirectory));
        var schedules = host.Services.GetRequiredService<IOptions<TriggerOptions>>().Value;
        Assert.Equal(("server-7", 21, 22, 23), (schedules.ServerName, schedules.MisfireThreshold.TotalSeconds, schedules.ReloadInterval.TotalSeconds, schedules.KeepFires.TotalDays));
        var infra = host.Services.GetRequiredService<IOptions<InfraOptions>>().Value;
        Assert.Equal((31, 32, "10.0.0.1", "night", new Uri("http://127.0.0.1:2")), (infra.StackParallel, infra.NodeParallel, infra.WebhookAllow, infra.Alibaba.Profile, infra.Alibaba.Endpoints["*"]));
        var pulumi = infra.Pulumi;
        Assert.Equal(
            (StackEngineKind.Cli, "/opt/pulumi", "postgres://db/pulumi", "awskms://key", "/var/pulumi", false, PulumiEventChannel.File, 51, 52),
            (pulumi.Engine, pulumi.Executable, pulumi.Backend, pulumi.SecretsProvider, pulumi.Home, pulumi.AcquirePlugins, pulumi.Events, pulumi.GracePeriod.TotalSeconds, pulumi.QuietTimeout.TotalMinutes));
        var traffic = infra.Traffic;
        Assert.Equal(
            (TrafficRouterKind.Alb, "rule-1", "cn-shanghai", "edge", "buyers", "buy", true, "trade-home", "trade-*", 41),
            (traffic.Kind, traffic.RuleId, traffic.Region, traffic.Namespace, traffic.Route, traffic.Rule, traffic.ForceConflicts, traffic.Backends["home"], traffic.Pattern, traffic.ObservedWithin.TotalSeconds));
        // The fleet's online cluster.
        Assert.Equal("hz-online", traffic.Cluster);
        Assert.Equal(
            (null, "http://127.0.0.1:3/metrics", "istio", "sum(queue_length[$window])", 41, 42, 43, 44, "eve", "pw"),
            (infra.Metrics.Prometheus, Assert.Single(infra.Metrics.Scrape), infra.Metrics.Traffic, infra.Metrics.Queries["queue"], infra.Metrics.Window.TotalSeconds, infra.Metrics.MaxAge.TotalSeconds,
                infra.Metrics.Timeout.TotalSeconds, infra.Metrics.Spacing.TotalSeconds, infra.Metrics.User, infra.Metrics.Password));
        Assert.Equal("sum(queue_length[41000ms])", host.Services.GetRequiredService<QuerySet>().Find("queue"));
        // Those of the fleet without an address of their own are the simulated cloud's.
        Assert.Equal(new Uri("http://127.0.0.1:1/"), infra.Clusters["hz-batch-a"]!.Server);
        Assert.Null(infra.Clusters["hz-batch-b"]!.Server);
    }
}
