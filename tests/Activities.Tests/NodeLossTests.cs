using System.Collections.Immutable;
using System.Net.Http.Json;
using Orchestrator.Activities.Shift;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;
using k8s;

namespace Orchestrator.Activities.Tests;

/// <summary>Machines that leave or die in the middle of a move: they are named and counted out, and hold nothing up.</summary>
public sealed class NodeLossTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The facts of the move: 1 the cluster as found, 2 the plan, 3 to 5 the waves, 6 the end. The node goes just before the fact is recorded.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task A_node_that_is_removed_at_any_moment_of_a_shift_holds_up_neither_it_nor_its_undo(int fact)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var lost = await LastNodeAsync(cloud);
        if (fact == 0)
        {
            await RemoveAsync(cloud, lost);
        }
        else
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() =>
                ShiftAsync(cloud, ToTransitional, new FakeTask(cloud.Journal, cloud.Clock, "lend") { KilledAt = fact }));
            await RemoveAsync(cloud, lost);
        }

        var result = await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend", attempt: 2));
        var back = await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo") { TakesBack = true });

        Assert.Empty(result.LeftBehind);
        Assert.Empty(back.LeftBehind);
        Assert.Equal(5, back.Moved);
        Assert.True(fact == 0 || result.Gone.Contains(lost) || back.Gone.Contains(lost), $"{lost} is named nowhere");
        Assert.Equal([(ColocationState.OfflineOnly, 5)], Standing(cloud));
        Assert.Empty(Invariants.Check(FleetView.Of(cloud.Journal.Facts), Repository.Profiles));
        Assert.All(await SurveyAsync(cloud), state => Assert.Equal(ColocationState.OfflineOnly, state));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_removed_node_is_told_from_one_that_is_only_silent()
    {
        await using var cloud = await TestCloud.OpenAsync(Hundred);
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ShiftAsync(cloud, ToTransitional, new FakeTask(cloud.Journal, cloud.Clock, "lend") { KilledAt = 4 }));
        await RemoveAsync(cloud, "n-100");
        await RemoveAsync(cloud, "n-099");
        await KillAsync(cloud, "n-098");

        var result = await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend", attempt: 2));

        Assert.Equal(["n-099", "n-100"], result.Gone);
        Assert.Equal(["n-098"], result.LeftBehind);
        Assert.Equal(97, result.Moved);
        Assert.Equal(["n-099", "n-100"], cloud.Journal.Facts.OfType<WaveConfirmed>().SelectMany(wave => wave.Gone).Order());
        Assert.Equal([(ColocationState.OfflineOnly, 1), (ColocationState.Transitional, 97)], Standing(cloud));
        Assert.Equal(98, FleetView.Of(cloud.Journal.Facts).Clusters["lend"].Nodes);
    }

    /// <summary>Half of the cluster is dead: no new move begins, and the way back goes on with the other half.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dead_nodes_hold_up_neither_an_undo_nor_the_emergency(bool undo)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend"));
        string[] dead = [.. (await NodesAsync(cloud)).TakeLast(3)];
        await KillAsync(cloud, dead);

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, Home, cloud.ATask("plain")));
        var back = undo
            ? await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo") { TakesBack = true })
            : await ShiftAsync(cloud, Home with { LeaveUnready = true, Waves = ["100%"] }, new FakeTask(cloud.Journal, cloud.Clock, "return") { Token = 9 });

        Assert.Contains("readiness", refused.Message, StringComparison.Ordinal);
        Assert.Contains(dead[0], refused.Message, StringComparison.Ordinal);
        Assert.Equal(dead, back.LeftBehind);
        Assert.Equal(undo ? dead : [], back.Left.Select(left => left.Name));
        Assert.All(back.Left, left => Assert.StartsWith("it is not ready", left.Reason, StringComparison.Ordinal));
        Assert.Equal((3, ColocationState.OfflineOnly), (back.Moved, back.State));
        // Their labels say where they belong: what they cannot show before they are back is what they run.
        Assert.All(await SurveyAsync(cloud), state => Assert.Equal(ColocationState.OfflineOnly, state));
    }

    /// <summary>Its kubelet lives and its label is taken, but nobody tells what it runs.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_silent_koordlet_holds_up_no_way_back_and_its_node_is_named()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend"));
        using (var http = new HttpClient())
        using (var answer = await http.PutAsJsonAsync(new Uri(cloud.Cloud.BaseAddress, "sim/faults"), new { silentKoordlets = new[] { "lend/n-003" } }, Stop))
        {
            answer.EnsureSuccessStatusCode();
        }

        var back = await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo") { TakesBack = true });

        Assert.Equal((5, "n-003"), (back.Moved, Assert.Single(back.LeftBehind)));
        Assert.Equal(["its label says offline-only, and what it runs was not confirmed"], back.Left.Select(left => left.Reason));
        Assert.All(await SurveyAsync(cloud), state => Assert.Equal(ColocationState.OfflineOnly, state));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cluster_that_has_lost_every_node_has_nothing_to_take_back()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend"));
        foreach (var node in await NodesAsync(cloud))
        {
            await RemoveAsync(cloud, node);
        }

        var back = await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo") { TakesBack = true });

        Assert.Equal(0, back.Moved);
    }

    /// <summary>The API server refuses the labels of two nodes: the others go back, the two are named, and go back when somebody tries the undo again.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_node_whose_label_is_refused_is_named_and_holds_up_no_other_on_the_way_back()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend"));
        string[] stuck = [.. (await NodesAsync(cloud)).Take(2)];
        await FaultsAsync(cloud, [.. stuck.Select(node => (object)new { route = $"/clusters/lend/api/v1/nodes/{node}", methods = new[] { "PATCH" }, errorPercent = 100, times = 100_000 })]);

        var back = await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo") { TakesBack = true });

        Assert.Equal(stuck, back.Left.Select(left => left.Name));
        Assert.All(back.Left, left => Assert.Equal("its label still says transitional: the API server did not take the change", left.Reason));
        Assert.Equal(2, (await SurveyAsync(cloud)).Count(state => state == ColocationState.Transitional));
        Assert.Equal([(ColocationState.OfflineOnly, 4), (ColocationState.Transitional, 2)], Standing(cloud));

        await FaultsAsync(cloud, []);
        var again = await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo", attempt: 2) { TakesBack = true });

        Assert.Empty(again.Left);
        Assert.All(await SurveyAsync(cloud), state => Assert.Equal(ColocationState.OfflineOnly, state));
        Assert.Equal([(ColocationState.OfflineOnly, 6)], Standing(cloud));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_machine_that_joined_without_a_label_is_named_and_left_by_an_undo()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend"));
        var joined = await LastNodeAsync(cloud);
        using var client = Client(cloud);
        await client.CoreV1.PatchNodeAsync(
            new k8s.Models.V1Patch("{\"metadata\":{\"labels\":{\"" + ColocationStates.LabelKey + "\":null}}}", k8s.Models.V1Patch.PatchType.MergePatch), joined, cancellationToken: Stop);

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, Home, cloud.ATask("plain")));
        var back = await ShiftAsync(cloud, Home, new FakeTask(cloud.Journal, cloud.Clock, "lend-undo") { TakesBack = true });

        Assert.Equal("unlabelled-nodes", refused.Error.Code);
        Assert.Equal([joined], back.LeftBehind);
        // This run has lent it: that it is back cannot be told.
        Assert.Equal([joined], back.Left.Select(left => left.Name));
        Assert.Equal(5, back.Moved);
    }

    private static ShiftClusterArguments ToTransitional { get; } = new() { Cluster = "lend", To = TargetState.Transitional, Waves = ["10%", "50%", "100%"] };

    private static ShiftClusterArguments Home { get; } = new() { Cluster = "lend", To = TargetState.OfflineOnly };

    private static FleetDefinition Hundred { get; } = SmallFleet.Definition with
    {
        Clusters =
        [
            SmallFleet.Definition.Clusters[0] with
            {
                Pools = [SmallFleet.Definition.Clusters[0].Pools[0] with { Nodes = [.. Enumerable.Range(1, 100).Select(number => $"n-{number:000}")] }],
            },
        ],
    };

    private static Task<ShiftClusterResult> ShiftAsync(TestCloud cloud, ShiftClusterArguments arguments, FakeTask task) =>
        cloud.RunAsync<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(arguments, task);

    private static IEnumerable<(ColocationState, int)> Standing(TestCloud cloud) =>
        FleetView.Of(cloud.Journal.Facts).Clusters["lend"].NodesByState.Select(state => (state.Key, state.Value));

    private static k8s.Kubernetes Client(TestCloud cloud) => new(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });

    private static async Task<ImmutableArray<string>> NodesAsync(TestCloud cloud)
    {
        using var client = Client(cloud);
        return [.. (await client.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items.Select(node => node.Metadata.Name).Order(StringComparer.Ordinal)];
    }

    private static async Task<string> LastNodeAsync(TestCloud cloud) => (await NodesAsync(cloud))[^1];

    private static async Task<IEnumerable<ColocationState?>> SurveyAsync(TestCloud cloud)
    {
        using var client = Client(cloud);
        return [.. (await client.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items.Select(node => ColocationStates.TryParse(node.Metadata.Labels[ColocationStates.LabelKey]))];
    }

    private static async Task RemoveAsync(TestCloud cloud, string node)
    {
        using var client = Client(cloud);
        await client.CoreV1.DeleteNodeAsync(node, cancellationToken: Stop);
    }

    private static async Task FaultsAsync(TestCloud cloud, object[] rules)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(new Uri(cloud.Cloud.BaseAddress, "sim/faults"), new { rules, deadNodes = Array.Empty<string>() }, Stop);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Returns once the cluster shows them as not ready.</summary>
    private static async Task KillAsync(TestCloud cloud, params string[] nodes)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri(cloud.Cloud.BaseAddress, "sim/faults"), new { rules = Array.Empty<object>(), deadNodes = nodes.Select(node => $"lend/{node}") }, Stop);
        answer.EnsureSuccessStatusCode();
        using var client = Client(cloud);
        while ((await client.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items
            .Any(node => nodes.Contains(node.Metadata.Name) && node.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" })))
        {
            await Task.Delay(TimeSpan.FromSeconds(30), cloud.Clock, Stop);
        }
    }
}
