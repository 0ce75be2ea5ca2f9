using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Shift;
using Orchestrator.Activities.Watch;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;
using k8s;
using k8s.Models;

namespace Orchestrator.Activities.Tests;

/// <summary>A cluster that somebody else changes after a shift.</summary>
public sealed class DriftTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_cluster_that_stays_as_it_is_has_nothing_to_tell()
    {
        await using var cloud = await ShiftedAsync();

        var result = await WatchAsync(cloud, Watch, cloud.ATask("watch"));

        Assert.Equal((ColocationState.Transitional, 0, 0), (result.State, result.Drifted.Count, result.Healed.Length));
        Assert.InRange(result.Readings, 2, 21);
        Assert.DoesNotContain(cloud.Journal.Facts, fact => fact is DriftFound);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_label_that_somebody_changed_is_found_and_put_back()
    {
        await using var cloud = await ShiftedAsync();
        await LabelAsync(cloud, "n-002", "offline-only");
        await LabelAsync(cloud, "n-004", null);

        var result = await WatchAsync(cloud, Watch, cloud.ATask("watch"));

        Assert.Equal(["n-002", "n-004"], result.Healed);
        Assert.Equal(["label is offline-only, expected transitional", "label is missing, expected transitional"], result.Drifted.Values);
        Assert.True(cloud.Journal.Facts.OfType<DriftFound>().First() is { Healed: true, Nodes.Length: 2, Expected: ColocationState.Transitional });
        await AssertWholeAsync(cloud);
    }

    /// <summary>It was dead in the shift, and comes back with the old label: the watch is its follow-up.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_node_that_was_left_behind_follows_when_it_is_back()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await FaultsAsync(cloud, new { deadNodes = new[] { "lend/n-005" } });
        await UntilAsync(cloud, async () => (await SurveyAsync(cloud)).Nodes.Any(node => !node.Ready));
        Assert.Equal(["n-005"], (await ShiftAsync(cloud, cloud.ATask("lend"))).LeftBehind);

        var without = await WatchAsync(cloud, Watch with { Duration = TimeSpan.FromMinutes(1) }, cloud.ATask("before"));
        await FaultsAsync(cloud, new { });
        await UntilAsync(cloud, async () => (await SurveyAsync(cloud)).Nodes.All(node => node.Ready));
        var result = await WatchAsync(cloud, Watch, cloud.ATask("after"));

        Assert.Equal((0, 1), (without.Healed.Length, without.Unavailable.Length));
        Assert.Equal(["n-005"], result.Healed);
        await AssertWholeAsync(cloud);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(OnDrift.Tell)]
    [InlineData(OnDrift.Fail)]
    public async Task What_is_not_to_be_healed_is_told_once_or_fails_the_step(OnDrift policy)
    {
        await using var cloud = await ShiftedAsync();
        await LabelAsync(cloud, "n-002", "offline-only");
        var before = Labels(cloud);

        var failure = await Record.ExceptionAsync(() => WatchAsync(cloud, Watch with { OnDrift = policy }, cloud.ATask("watch")));

        Assert.Equal(policy == OnDrift.Fail, failure is ActivityFailedException { Error: { Code: "drifted", Retryable: false } });
        Assert.True(policy == OnDrift.Fail || failure is null, failure?.Message);
        Assert.Contains("n-002", Assert.Single(cloud.Journal.Facts.OfType<DriftFound>()).Nodes.Select(node => node.Node));
        Assert.Equal(before, Labels(cloud));
    }

    /// <summary>The label is right, and what it stands for is not there: nothing that a label mends.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_node_whose_koordlet_falls_silent_is_escalated()
    {
        await using var cloud = await ShiftedAsync();
        await FaultsAsync(cloud, new { silentKoordlets = new[] { "lend/n-003" } });

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(cloud, Watch, cloud.ATask("watch")));

        Assert.Equal(("drifted", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Matches(@"n-003: its NodeMetric is \d+ s old", failure.Message);
        Assert.Contains(cloud.Journal.Facts.OfType<DriftFound>(), drift => drift.Nodes.Any(node => node.Node == "n-003"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Profiles_that_somebody_changed_are_put_back()
    {
        await using var cloud = await ShiftedAsync();
        var digest = await Driver(cloud).ProfilesDigestAsync(Stop);
        using var client = Client(cloud);
        await client.CoreV1.PatchNamespacedConfigMapAsync(
            new V1Patch("""{"data":{"cpu-burst-config":"{}"}}""", V1Patch.PatchType.MergePatch), "slo-controller-config", "koordinator-system", cancellationToken: Stop);

        var result = await WatchAsync(cloud, Watch, cloud.ATask("watch"));

        Assert.Equal("the profiles in the cluster are not ours", result.Drifted["slo-controller-config"]);
        Assert.Equal(digest, await Driver(cloud).ProfilesDigestAsync(Stop));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watch_without_a_lock_does_not_heal_and_one_that_was_taken_over_is_fenced()
    {
        await using var cloud = await ShiftedAsync();
        await LabelAsync(cloud, "n-002", "offline-only");

        var unlocked = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(cloud, Watch, new FakeTask(cloud.Journal, cloud.Clock, "watch") { Token = 0 }));
        await Driver(cloud).TakeLeaseAsync(9, "emergency", Stop);
        var fenced = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(cloud, Watch, cloud.ATask("watch")));

        Assert.Equal(("no-lock", "fenced"), (unlocked.Error.Code, fenced.Error.Code));
    }

    private static WatchClusterArguments Watch { get; } = new() { Cluster = "lend", To = TargetState.Transitional, Duration = TimeSpan.FromMinutes(10) };

    private static async Task<TestCloud> ShiftedAsync()
    {
        var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, cloud.ATask("lend"));
        return cloud;
    }

    private static Task<ShiftClusterResult> ShiftAsync(TestCloud cloud, FakeTask task) =>
        cloud.RunAsync<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(new() { Cluster = "lend", To = TargetState.Transitional, Waves = ["50%", "100%"] }, task);

    private static Task<WatchClusterResult> WatchAsync(TestCloud cloud, WatchClusterArguments arguments, FakeTask task) =>
        cloud.RunAsync<WatchCluster, WatchClusterArguments, WatchClusterResult>(arguments, task);

    private static async Task AssertWholeAsync(TestCloud cloud)
    {
        Assert.All((await SurveyAsync(cloud)).Nodes, node => Assert.Equal(ColocationState.Transitional, node.State));
        var view = FleetView.Of(cloud.Journal.Facts);
        Assert.Equal([(ColocationState.Transitional, 6)], view.Clusters["lend"].NodesByState.Select(state => (state.Key, state.Value)));
        Assert.Null(view.Clusters["lend"].Shift);
        Assert.Empty(Invariants.Check(view, Repository.Profiles));
    }

    private static ClusterDriver Driver(TestCloud cloud) => cloud.Services.GetRequiredService<FleetInventory>().Find("lend")!;

    private static Task<ClusterSurvey> SurveyAsync(TestCloud cloud) => Driver(cloud).SurveyAsync(Stop);

    private static int Labels(TestCloud cloud) => cloud.Cloud.Effects.Count(effect => effect.Kind == EffectKind.NodeLabel);

    private static k8s.Kubernetes Client(TestCloud cloud) => new(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });

    private static async Task LabelAsync(TestCloud cloud, string node, string? state)
    {
        using var client = Client(cloud);
        await client.CoreV1.PatchNodeAsync(
            new V1Patch($$$"""{"metadata":{"labels":{"{{{ColocationStates.LabelKey}}}":{{{(state is null ? "null" : $"\"{state}\"")}}}} } }""", V1Patch.PatchType.MergePatch), node, cancellationToken: Stop);
    }

    private static async Task UntilAsync(TestCloud cloud, Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromSeconds(30), cloud.Clock, Stop);
        }
    }

    private static async Task FaultsAsync(TestCloud cloud, object plan)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(new Uri(cloud.Cloud.BaseAddress, "sim/faults"), plan, Stop);
        answer.EnsureSuccessStatusCode();
    }
}
