using System.Net.Http.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Tests.Simulator;

namespace Orchestrator.Infra.Tests.Clusters;

public sealed class ClusterDriverTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Surveys_every_page_with_state_capacity_and_fresh_metrics()
    {
        await using var drivers = await Drivers.StartAsync(Clouds.AFleet(nodes: 1203));

        var survey = await drivers.Cluster.SurveyAsync(Stop);

        Assert.Equal(1203, survey.Nodes.Length);
        Assert.True(survey.Simulated);
        Assert.Equal(1203, survey.NodesByState[ColocationState.OfflineOnly]);
        Assert.All(survey.Nodes, node => Assert.Equal((32_000, 131_072), (node.CpuMilli, node.MemoryMiB)));
        Assert.InRange(survey.HealthyShare(TimeSpan.FromSeconds(120)), 0.99, 1);
    }

    [Fact]
    public async Task Moves_nodes_by_label_and_confirms_by_their_batch_allocatable()
    {
        await using var drivers = await Drivers.StartAsync(Clouds.AFleet(nodes: 80));
        var names = Enumerable.Range(0, 80).Select(Clouds.Node).ToList();
        await drivers.Cluster.ApplyProfilesAsync(SloControllerConfig.Render(Drivers.Profiles), "profiles", Stop);
        var lease = await drivers.Cluster.TakeLeaseAsync(1, "run-1", Stop);

        var labelled = await drivers.Cluster.LabelAsync(names, ColocationState.Transitional, lease, "move-1", null, Stop);
        var confirmed = await drivers.Cluster.ConfirmAsync(
            names, ColocationState.Transitional, BatchTarget.For(Drivers.Profiles[ColocationState.Transitional]), TimeSpan.FromMinutes(30), Stop);
        var again = await drivers.Cluster.LabelAsync(names, ColocationState.Transitional, lease, "move-1", null, Stop);

        Assert.Equal(80, labelled.Changed.Length);
        Assert.Empty(labelled.Failed);
        Assert.Empty(confirmed.Unconverged);
        Assert.Equal(80, confirmed.Confirmed.Length);
        Assert.Equal(80, again.Already.Length);
        Assert.Equal(80, drivers.Cloud.Effects.Count(effect => effect.Kind == "node-label"));
    }

    [Fact]
    public async Task Names_the_nodes_that_have_not_converged_by_the_deadline()
    {
        await using var drivers = await Drivers.StartAsync();
        var lease = await drivers.Cluster.TakeLeaseAsync(1, "run-1", Stop);
        await drivers.Cluster.LabelAsync([Clouds.Node(0)], ColocationState.Transitional, lease, "move", null, Stop);

        var confirmed = await drivers.Cluster.ConfirmAsync(
            [Clouds.Node(0), Clouds.Node(1)], ColocationState.Transitional, new BatchTarget(70, 95, Tolerance: 1), TimeSpan.FromMinutes(5), Stop);

        Assert.Equal([Clouds.Node(0)], confirmed.Confirmed);
        var late = Assert.Single(confirmed.Unconverged);
        Assert.Equal((Clouds.Node(1), "label is offline-only, expected transitional"), (late.Node, late.Reason));
    }

    /// <summary>Its label and its allocatable are those of the state, since both states look alike; nobody knows what it runs.</summary>
    [Fact]
    public async Task A_node_that_is_not_ready_is_not_confirmed_by_what_it_showed_before()
    {
        await using var drivers = await Drivers.StartAsync();
        using var http = new HttpClient { BaseAddress = drivers.Cloud.BaseAddress };
        using var planned = await http.PutAsJsonAsync("sim/faults", new { deadNodes = new[] { $"{Clouds.Cluster}/{Clouds.Node(1)}" } }, Stop);
        planned.EnsureSuccessStatusCode();
        while ((await drivers.Cluster.SurveyAsync(Stop)).Nodes.All(node => node.Ready)) await Task.Yield();

        var confirmed = await drivers.Cluster.ConfirmAsync(
            [Clouds.Node(0), Clouds.Node(1)], ColocationState.OfflineOnly, new BatchTarget(70, 95, Tolerance: 1), TimeSpan.FromMinutes(5), Stop);

        Assert.Equal([Clouds.Node(0)], confirmed.Confirmed);
        var silent = Assert.Single(confirmed.Unconverged);
        Assert.Equal((Clouds.Node(1), "not ready, so what it runs is not known", false), (silent.Node, silent.Reason, silent.Ready));
    }

    [Fact]
    public async Task A_stale_writer_is_fenced_by_the_lease()
    {
        await using var drivers = await Drivers.StartAsync();
        var stale = await drivers.Cluster.TakeLeaseAsync(5, "slow-run", Stop);
        await drivers.Cluster.TakeLeaseAsync(6, "emergency", Stop);

        var fenced = await Assert.ThrowsAsync<FencedException>(
            () => drivers.Cluster.LabelAsync([Clouds.Node(0)], ColocationState.Transitional, stale, "late", null, Stop));

        Assert.Equal((5, 6, "emergency"), (fenced.Token, fenced.Held, fenced.Holder));
        await Assert.ThrowsAsync<FencedException>(() => drivers.Cluster.TakeLeaseAsync(5, "slow-run", Stop));
        Assert.DoesNotContain(drivers.Cloud.Effects, effect => effect.Kind == "node-label");
    }

    [Fact]
    public async Task Writing_the_same_profiles_again_changes_nothing()
    {
        await using var drivers = await Drivers.StartAsync();
        var data = SloControllerConfig.Render(Drivers.Profiles);
        var before = drivers.Cloud.Effects.Count;

        var first = await drivers.Cluster.ApplyProfilesAsync(data, "one", Stop);
        var between = drivers.Cloud.Effects.Count;
        var second = await drivers.Cluster.ApplyProfilesAsync(data, "two", Stop);

        Assert.Equal(ClusterDriver.ProfilesDigest(data), first);
        Assert.Equal(first, second);
        Assert.Equal(first, await drivers.Cluster.ProfilesDigestAsync(Stop));
        Assert.Equal(between, drivers.Cloud.Effects.Count);
        Assert.InRange(between - before, 0, 1);
    }
}
