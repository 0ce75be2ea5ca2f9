using System.Net.Http.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Tests.Simulator;

namespace Orchestrator.Infra.Tests.Clusters;

/// <summary>A wave is confirmed by what its nodes run, and by nothing that was measured before.</summary>
public sealed class ConfirmationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Its label and its allocatable are the new state's; what it runs nobody has measured since.</summary>
    [Fact]
    public async Task A_metric_of_before_the_change_proves_nothing_of_it()
    {
        await using var drivers = await Drivers.StartAsync();
        await FaultsAsync(drivers, new { silentKoordlets = new[] { $"{Clouds.Cluster}/{Clouds.Node(1)}" } });
        await ShiftAsync(drivers, ColocationState.Transitional, 0, 1);

        var confirmed = await ConfirmAsync(drivers, ColocationState.Transitional, BatchTarget.For, TimeSpan.FromMinutes(5), 0, 1);

        Assert.Equal([Clouds.Node(0)], confirmed.Confirmed);
        var silent = Assert.Single(confirmed.Unconverged);
        Assert.Matches("its NodeMetric is of [0-9:]+, before the change", silent.Reason);
        // As good as not ready: a few of its kind may be left behind.
        Assert.False(silent.Ready);

        await FaultsAsync(drivers, new { });
        Assert.Empty((await ConfirmAsync(drivers, ColocationState.Transitional, BatchTarget.For, TimeSpan.FromMinutes(30), 0, 1)).Unconverged);
    }

    /// <summary>Running tasks outlive their allocatable: the wave is in the new state at once, and drained only when they have ended.</summary>
    [Fact]
    public async Task Lossless_is_done_when_what_batch_uses_is_within_its_share_on_every_node()
    {
        await using var drivers = await Drivers.StartAsync();
        await ShiftAsync(drivers, ColocationState.StressTest, 0, 1);
        await ConfirmAsync(drivers, ColocationState.StressTest, BatchTarget.For, TimeSpan.FromMinutes(30), 0, 1);
        await ShiftAsync(drivers, ColocationState.PeakDegradeLossless, 0, 1);

        var moved = await ConfirmAsync(drivers, ColocationState.PeakDegradeLossless, BatchTarget.For, TimeSpan.FromMinutes(5), 0, 1);
        var soon = await ConfirmAsync(drivers, ColocationState.PeakDegradeLossless, BatchTarget.Drained, TimeSpan.FromSeconds(30), 0, 1);
        var late = await ConfirmAsync(drivers, ColocationState.PeakDegradeLossless, BatchTarget.Drained, TimeSpan.FromHours(3), 0, 1);

        Assert.Empty(moved.Unconverged);
        Assert.NotEmpty(soon.Unconverged);
        Assert.All(soon.Unconverged, node => Assert.Matches("^(batch uses [0-9]+m, expected 3200m at most|its NodeMetric is of .*)$", node.Reason));
        Assert.Empty(late.Unconverged);
        Assert.All(
            (await drivers.Cluster.SurveyAsync(Stop)).Nodes.Where(node => node.State == ColocationState.PeakDegradeLossless),
            node => Assert.InRange(node.Usage!.BatchCpuMilli, 0, 3_520));
    }

    [Fact]
    public void What_batch_may_use_follows_suppression_and_its_floor()
    {
        var target = new BatchTarget(10, 75) { SuppressThresholdPercent = 50, SuppressMinPercent = 5 };

        Assert.Equal(47_000, target.MostUsed(Node(online: 0)));
        Assert.Equal(27_000, target.MostUsed(Node(online: 20_000)));
        Assert.Equal(5_000, target.MostUsed(Node(online: 60_000)));
        Assert.Equal(10_000, (target with { DrainedPercent = 10 }).MostUsed(Node(online: 0)));
        Assert.Equal(2_000, (target with { SuppressMinPercent = 0 }).MostUsed(Node(online: 60_000)));
    }

    [Fact]
    public async Task A_node_tells_what_is_wrong_with_it_and_where_it_stands()
    {
        await using var drivers = await Drivers.StartAsync();
        await FaultsAsync(drivers, new { conditions = new[] { new { node = $"{Clouds.Cluster}/{Clouds.Node(2)}", type = "KernelDeadlock", reason = "DockerHung" } } });

        var nodes = (await drivers.Cluster.SurveyAsync(Stop)).Nodes;

        Assert.All(nodes, node => Assert.StartsWith("cn-hangzhou-", node.Zone, StringComparison.Ordinal));
        var (condition, name) = Assert.Single(nodes.SelectMany(node => node.Conditions.Select(condition => (condition, node.Name))));
        Assert.Equal((Clouds.Node(2), "KernelDeadlock", "DockerHung"), (name, condition.Type, condition.Reason));
        Assert.NotNull(condition.Since);
    }

    [Fact]
    public async Task Koordinator_tells_its_version_and_its_gates()
    {
        var fleet = Clouds.AFleet();
        await using var drivers = await Drivers.StartAsync(fleet with { Clusters = [fleet.Clusters[0] with { Koordinator = "1.6.2", KoordletGates = ["BEMemoryEvict"] }] });

        var found = await drivers.Cluster.KoordinatorAsync(Stop);

        Assert.Equal((new Version(1, 6, 2), new Version(1, 6, 2), 0), (found!.ManagerVersion, found.KoordletVersion, found.Pending));
        Assert.True(found.HasGate("BEMemoryEvict"));
        Assert.False(found.HasGate("CgroupReconcile"));
    }

    [Theory]
    [InlineData("--feature-gates=A=true,B=false,C=True", "A,C")]
    [InlineData("-feature-gates=A=true|--v=4", "A")]
    [InlineData("--feature-gates|A=true", "A")]
    [InlineData("--v=4", "")]
    [InlineData("--feature-gates=", "")]
    public void Gates_are_read_from_the_arguments(string arguments, string gates) =>
        Assert.Equal(gates, string.Join(',', KoordinatorInstall.GatesOf([.. arguments.Split('|')]).Order()));

    private static SurveyedNode Node(long online) => new("n", ColocationState.PeakDegradeLossless, true, true, 100_000, 1, 0, 0, TimeSpan.Zero, new NodeUsage(3_000, online, 0), 0, "");

    private static async Task ShiftAsync(Drivers drivers, ColocationState state, params int[] nodes)
    {
        await drivers.Cluster.ApplyProfilesAsync(SloControllerConfig.Render(Drivers.Profiles), "profiles", Stop);
        var lease = await drivers.Cluster.TakeLeaseAsync(1, "run-1", Stop);
        Assert.Empty((await drivers.Cluster.LabelAsync([.. nodes.Select(Clouds.Node)], state, lease, $"to-{state}", null, Stop)).Failed);
    }

    private static Task<Confirmation> ConfirmAsync(Drivers drivers, ColocationState state, Func<Profile, BatchTarget> target, TimeSpan within, params int[] nodes) =>
        drivers.Cluster.ConfirmAsync([.. nodes.Select(Clouds.Node)], state, target(Drivers.Profiles[state]), within, Stop);

    private static async Task FaultsAsync(Drivers drivers, object plan)
    {
        using var http = new HttpClient { BaseAddress = drivers.Cloud.BaseAddress };
        using var planned = await http.PutAsJsonAsync("sim/faults", plan, Stop);
        planned.EnsureSuccessStatusCode();
    }
}
