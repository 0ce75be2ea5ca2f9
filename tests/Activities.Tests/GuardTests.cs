using System.Collections.Immutable;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Shift;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;
using k8s;
using k8s.Models;

namespace Orchestrator.Activities.Tests;

/// <summary>Each guard by what it finds outside.</summary>
public sealed class GuardTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Nodes_without_the_online_images_are_named()
    {
        var pool = SmallFleet.Definition.Clusters[0].Pools[0];
        await using var cloud = await TestCloud.OpenAsync(WithPools(
            pool with { Nodes = pool.Nodes[..5] }, pool with { Name = "bare", Nodes = pool.Nodes[5..], Images = [] }));

        Assert.Contains($"images: nodes with the online images: 5 of 6; not: {pool.Nodes[5]}", await RefusalAsync(cloud, ToTransitional), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Hosts_that_cannot_divide_their_cache_are_named()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = Client(cloud);
        await client.CoreV1.PatchNodeAsync(
            new V1Patch("""{"metadata":{"labels":{"feature.node.kubernetes.io/cpu-rdt.RDTL3CA":null}}}""", V1Patch.PatchType.MergePatch), "n-002", cancellationToken: Stop);

        Assert.Contains("host-probes: hosts that pass their probes: 5 of 6; not: n-002 (no cache allocation (RDTL3CA))", await RefusalAsync(cloud, ToTransitional), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Quotas_must_be_there_and_fit()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = Client(cloud);
        await client.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch("""{"spec":{"min":{"cpu":"560"}}}""", V1Patch.PatchType.MergePatch), "scheduling.sigs.k8s.io", "v1alpha1", "koordinator-system", "elasticquotas", "online", cancellationToken: Stop);
        var tooMuch = await RefusalAsync(cloud, ToTransitional);
        await client.CustomObjects.DeleteNamespacedCustomObjectAsync("scheduling.sigs.k8s.io", "v1alpha1", "koordinator-system", "elasticquotas", "online", cancellationToken: Stop);
        var missing = await RefusalAsync(cloud, ToTransitional);

        Assert.Contains("guarantees of 588 cores where 547 are left beside the reserve", tooMuch, StringComparison.Ordinal);
        Assert.Contains("quotas: 1 of 2; not: online", missing, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_pod_without_a_checkpoint_is_named()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = Client(cloud);
        await ShiftAsync(cloud, ToTransitional, "lend");
        await client.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta
                {
                    Name = "heedless",
                    Labels = new Dictionary<string, string> { ["koordinator.sh/qosClass"] = "BE" },
                    Annotations = new Dictionary<string, string> { ["orchestrator.io/simulated-ready-at"] = "2026-11-01T00:00:00Z" },
                },
                Spec = new V1PodSpec { NodeName = "n-001", Containers = [new V1Container { Name = "task" }] },
            },
            "batch", cancellationToken: Stop);

        var refusal = await RefusalAsync(cloud, ToTransitional with { To = TargetState.StressTest });

        Assert.Matches(@"checkpoints: batch tasks with a checkpoint: [1-9]\d* of \d+; not: batch/heedless", refusal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Approvers_that_a_runbook_only_claims_do_not_count()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional with { To = TargetState.StressTest, Through = true }, "lend");
        cloud.Journal.Approve("alice");
        cloud.Journal.Approve("bob", "dave");

        Assert.Contains("approvals: the journal knows nobody who approved", await RefusalAsync(cloud, ToPeak), StringComparison.Ordinal);
        Assert.True((await QuotaAsync(cloud)).Frozen is false);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(5, true)]
    public async Task Degrading_blocks_new_batch_work_once_and_the_way_back_lets_it_in_again(int fact, bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional with { To = TargetState.StressTest, Through = true }, "lend");
        cloud.Journal.Approve("alice", "bob");
        var before = await QuotaAsync(cloud);
        if (fact > 0)
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() =>
                ShiftAsync(cloud, ToPeak, new FakeTask(cloud.Journal, cloud.Clock, "degrade") { KilledAt = fact, KilledAfter = durable }));
        }

        await ShiftAsync(cloud, ToPeak, "degrade");
        var frozen = await QuotaAsync(cloud);
        await ShiftAsync(cloud, new() { Cluster = "lend", To = TargetState.StressTest, Waive = ToPeak.Waive.Add("traffic", "not part of this test") }, "recover");
        var after = await QuotaAsync(cloud);

        Assert.Equal((false, true, false), (before.Frozen, frozen.Frozen, after.Frozen));
        Assert.NotEqual(before.Max.AsEnumerable(), frozen.Max);
        Assert.Equal(before.Max.AsEnumerable(), after.Max);
        Assert.Equal(
            ["degrade/hop/1/freeze", "recover/hop/1/thaw"],
            cloud.Cloud.Effects.Where(effect => effect.Target == "lend/koordinator-system/batch").Select(effect => effect.Key[(effect.Key.IndexOf('/', StringComparison.Ordinal) + 1)..]));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_dead_node_among_a_hundred_is_left_behind_and_comes_along_when_it_is_back()
    {
        var pool = SmallFleet.Definition.Clusters[0].Pools[0];
        await using var cloud = await TestCloud.OpenAsync(WithPools(pool with { Nodes = [.. Enumerable.Range(1, 100).Select(number => $"n-{number:000}")] }));
        await KillAsync(cloud, "lend/n-042");
        var start = cloud.Clock.GetUtcNow();
        while (cloud.Clock.GetUtcNow() < start + TimeSpan.FromMinutes(2))
        {
            await Task.Delay(TimeSpan.FromMinutes(1), cloud.Clock, Stop);
        }

        var result = await ShiftAsync(cloud, ToTransitional, "lend");
        await KillAsync(cloud);
        var follow = await ShiftAsync(cloud, ToTransitional, "follow");
        var back = await ShiftAsync(cloud, new() { Cluster = "lend", To = TargetState.OfflineOnly }, "return");

        Assert.Equal((99, 1, 100), (result.Moved, follow.Moved, back.Moved));
        Assert.Equal(["n-042"], result.LeftBehind);
        Assert.Empty(follow.LeftBehind);
        Assert.Empty(back.LeftBehind);
        Assert.Equal(["n-042"], cloud.Journal.Facts.OfType<WaveConfirmed>().SelectMany(wave => wave.LeftBehind));
        var surveyed = new FleetSurveyed([new SurveyedCluster("lend", 100, 1, 1, 1, 1, ImmutableDictionary<ColocationState, int>.Empty.Add(ColocationState.OfflineOnly, 100))]) { At = start };
        Assert.Equal([(ColocationState.OfflineOnly, 100)], FleetView.Of([surveyed, .. cloud.Journal.Facts]).Clusters["lend"].NodesByState.Select(state => (state.Key, state.Value)));
    }

    private static ShiftClusterArguments ToTransitional { get; } = new() { Cluster = "lend", To = TargetState.Transitional };

    private static ShiftClusterArguments ToPeak { get; } = new()
    {
        Cluster = "lend",
        To = TargetState.PeakDegrade,
        Evidence = new() { Approved = true, By = [new() { User = "alice" }, new() { User = "bob" }] },
        Waive = ImmutableSortedDictionary<string, string>.Empty.Add("rehearsal", "not part of this test").Add("capacity", "not part of this test"),
    };

    private static FleetDefinition WithPools(params PoolDefinition[] pools) =>
        SmallFleet.Definition with { Clusters = [SmallFleet.Definition.Clusters[0] with { Pools = [.. pools] }] };

    private static k8s.Kubernetes Client(TestCloud cloud) => new(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });

    private static async Task<ClusterQuota> QuotaAsync(TestCloud cloud) =>
        (await cloud.Services.GetRequiredService<FleetInventory>().Find("lend")!.QuotasAsync(Stop))![ClusterQuota.Batch];

    private static async Task KillAsync(TestCloud cloud, params string[] nodes)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(new Uri(cloud.Cloud.BaseAddress, "sim/faults"), new { rules = Array.Empty<object>(), deadNodes = nodes }, Stop);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<string> RefusalAsync(TestCloud cloud, ShiftClusterArguments arguments)
    {
        var labels = Labels(cloud);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, arguments, "refused"));
        Assert.Equal("guard-refused", failure.Error.Code);
        Assert.Equal(labels, Labels(cloud));
        return failure.Message;
    }

    private static int Labels(TestCloud cloud) => cloud.Cloud.Effects.Count(effect => effect.Kind == EffectKind.NodeLabel);

    private static Task<ShiftClusterResult> ShiftAsync(TestCloud cloud, ShiftClusterArguments arguments, string path) => ShiftAsync(cloud, arguments, cloud.ATask(path));

    private static Task<ShiftClusterResult> ShiftAsync(TestCloud cloud, ShiftClusterArguments arguments, FakeTask task) =>
        cloud.RunAsync<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(arguments, task);
}
