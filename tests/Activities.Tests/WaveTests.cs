using System.Collections.Immutable;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Shift;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;
using k8s;
using k8s.Models;

namespace Orchestrator.Activities.Tests;

/// <summary>What happens between and after the waves of a shift: guards that turn, nodes that are away, batch that drains or is killed.</summary>
public sealed class WaveTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The first wave is confirmed, and its node turns: no further one is touched until it is well again.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_condition_that_turns_between_two_waves_stops_the_next_one()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var moved = await FirstWaveAsync(cloud);
        await FaultsAsync(cloud, new { conditions = new[] { new { node = $"lend/{moved}", type = "ReadonlyFilesystem", reason = "FilesystemIsReadOnly" } } });

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, ToTransitional, cloud.ATask("lend", attempt: 2)));
        var stopped = Labels(cloud);
        await FaultsAsync(cloud, new { });
        var result = await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend", attempt: 3));

        Assert.Equal(("guard-turned", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains($"after wave 1 of 3 to transitional: conditions: {moved}: ReadonlyFilesystem (FilesystemIsReadOnly)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, stopped);
        Assert.Equal((6, 6), (result.Moved, Labels(cloud)));
        Assert.DoesNotContain(cloud.Journal.Facts, fact => fact is WaveTurned);
    }

    /// <summary>Another step of the run inspects the unit on the nodes that have moved.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData("lend", true)]
    [InlineData("elsewhere", false)]
    public async Task A_unit_of_the_cluster_whose_inspection_turns_stops_the_next_wave(string cluster, bool stops)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var other = cloud.ATask("inspect");
        await other.RecordAsync("planned", Fact(new UnitPlanned("unit-1", Orchestrator.Fleet.Units.UnitKind.BigData, cluster, 1, 4_000, 0) { At = cloud.Clock.GetUtcNow() }), Stop);
        await FirstWaveAsync(cloud);
        await other.RecordAsync("inspected", Fact(new UnitInspected("unit-1", false, 1, ["/healthz answers 503"]) { At = cloud.Clock.GetUtcNow() }), Stop);

        var failure = await Record.ExceptionAsync(() => ShiftAsync(cloud, ToTransitional, cloud.ATask("lend", attempt: 2)));

        Assert.Equal(stops, failure is ActivityFailedException { Error.Code: "guard-turned" });
        Assert.True(stops ? failure!.Message.Contains("inspections: unit-1: /healthz answers 503", StringComparison.Ordinal) : failure is null, failure?.Message);

        static System.Text.Json.JsonElement Fact(FleetFact fact) => Orchestrator.Workflows.Model.Values.WorkflowJson.ToElement(fact);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_condition_that_was_there_before_the_move_stops_nothing()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await FaultsAsync(cloud, new { conditions = new[] { new { node = "lend/n-001", type = "MemoryPressure", reason = "Old" } } });
        var begin = cloud.Clock.GetUtcNow();
        while (cloud.Clock.GetUtcNow() < begin + TimeSpan.FromSeconds(5)) await Task.Delay(TimeSpan.FromSeconds(5), cloud.Clock, Stop);

        Assert.Equal(6, (await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend"))).Moved);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1, null, "p99")]
    [InlineData(null, 0.0, null)]
    [InlineData(60_000, 100.0, null)]
    public async Task Objectives_are_asked_between_the_waves(int? p99, double? errors, string? turned)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var arguments = ToTransitional with { P99Objective = p99 is { } some ? TimeSpan.FromMilliseconds(some) : null, ErrorObjective = errors };

        var failure = await Record.ExceptionAsync(() => ShiftAsync(cloud, arguments, cloud.ATask("lend")));

        Assert.Equal(turned is not null, failure is ActivityFailedException { Error.Code: "guard-turned" } && failure.Message.Contains($"{turned}: ", StringComparison.Ordinal));
        Assert.True(turned is not null || failure is null, failure?.Message);
    }

    /// <summary>The facts of the way back: the turn, its plan, its wave, its end. The attempt dies at each, before or after it is durable.</summary>
    public static TheoryData<int, bool> Deaths { get; } = [.. from fact in Enumerable.Range(0, 5) from durable in new[] { false, true } select (fact, durable)];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Deaths))]
    public async Task A_guard_that_turns_takes_the_hop_back_when_the_runbook_says_so_and_a_new_try_begins_anew(int fact, bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var arguments = ToTransitional with { OnTurn = OnTurn.Back };
        var moved = await FirstWaveAsync(cloud);
        await FaultsAsync(cloud, new { conditions = new[] { new { node = $"lend/{moved}", type = "KernelDeadlock", reason = "DockerHung" } } });
        if (fact > 0)
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() =>
                ShiftAsync(cloud, arguments, new FakeTask(cloud.Journal, cloud.Clock, "lend", attempt: 2) { KilledAt = fact, KilledAfter = durable }));
        }

        if ((fact, durable) is not (4, true))
        {
            var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, arguments, cloud.ATask("lend", attempt: 3)));
            Assert.Equal(("guard-turned", false), (failure.Error.Code, failure.Error.Retryable));
            Assert.Contains("What had moved is back in offline-only", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["conditions"], Assert.Single(cloud.Journal.Facts.OfType<WaveTurned>()).Guards.Select(guard => guard.Split(':')[0]));
        Assert.All(await StatesAsync(cloud), state => Assert.Equal(ColocationState.OfflineOnly, state.Value));
        Assert.Equal([(ColocationState.OfflineOnly, 6)], Standing(cloud));
        Assert.Null(FleetView.Of(cloud.Journal.Facts).Clusters["lend"].Shift);

        await FaultsAsync(cloud, new { });
        var result = await ShiftAsync(cloud, arguments, cloud.ATask("lend", attempt: 4));

        Assert.Equal(6, result.Moved);
        Assert.Equal([(ColocationState.Transitional, 6)], Standing(cloud));
        Assert.Empty(Invariants.Check(FleetView.Of(cloud.Journal.Facts), Repository.Profiles));
    }

    /// <summary>Somebody works on the node: it is not touched, holds nothing up, and comes along as soon as it may.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cordoned_node_is_left_behind_by_name_and_followed_up_when_it_returns(bool returns)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await CordonAsync(cloud, "n-003", true);
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ShiftAsync(cloud, ToTransitional, new FakeTask(cloud.Journal, cloud.Clock, "lend") { KilledAt = 3, KilledAfter = true }));
        if (returns) await CordonAsync(cloud, "n-003", false);

        var result = await ShiftAsync(cloud, ToTransitional, cloud.ATask("lend", attempt: 2));

        Assert.Equal(returns ? (6, 0) : (5, 1), (result.Moved, result.LeftBehind.Length));
        Assert.Equal(returns ? ColocationState.Transitional : ColocationState.OfflineOnly, (await StatesAsync(cloud))["n-003"]);
        Assert.Equal(["n-003"], Assert.Single(cloud.Journal.Facts.OfType<ShiftPlanned>()).Unavailable);
        Assert.Equal(returns ? 6 : 5, Standing(cloud).Single(state => state.Item1 == ColocationState.Transitional).Item2);
        Assert.Empty(Invariants.Check(FleetView.Of(cloud.Journal.Facts), Repository.Profiles));

        await CordonAsync(cloud, "n-003", false);
        var again = await ShiftAsync(cloud, ToTransitional, cloud.ATask("later"));

        Assert.Equal(returns ? 0 : 1, again.Moved);
        Assert.Equal([(ColocationState.Transitional, 6)], Standing(cloud));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("5%", false)]
    [InlineData("2", true)]
    [InlineData("34%", true)]
    [InlineData("0", false)]
    public async Task No_more_nodes_may_be_away_than_the_runbook_says(string maxUnavailable, bool goes)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await CordonAsync(cloud, "n-001", true);
        await CordonAsync(cloud, "n-002", true);

        var failure = await Record.ExceptionAsync(() => ShiftAsync(cloud, ToTransitional with { MaxUnavailable = maxUnavailable }, cloud.ATask("lend")));

        Assert.Equal(goes, failure is null);
        Assert.True(goes || failure is ActivityFailedException { Error: { Code: "guard-refused", Retryable: true } }, failure?.Message);
        Assert.True(goes || failure!.Message.Contains("n-001 (cordoned), n-002 (cordoned)", StringComparison.Ordinal), failure?.Message);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("five", null)]
    [InlineData("5%", 101.0)]
    public async Task Wrong_limits_are_told_before_anything_is_touched(string maxUnavailable, double? errors)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, ToTransitional with { MaxUnavailable = maxUnavailable, ErrorObjective = errors }, cloud.ATask("lend")));

        Assert.Equal(("bad-argument", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Empty(cloud.Cloud.Effects);
    }

    [Fact(Timeout = 60_000)]
    public async Task Batch_that_has_not_drained_in_time_is_told_node_by_node_and_the_next_attempt_goes_on_waiting()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await StressedAsync(cloud);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, ToPeak with { ConfirmWithin = TimeSpan.FromSeconds(40), Soak = TimeSpan.Zero }, cloud.ATask("degrade")));
        var result = await ShiftAsync(cloud, ToPeak, cloud.ATask("degrade", attempt: 2));

        Assert.True(failure.Error.Code is "batch-not-drained" or "wave-unconfirmed", failure.Message);
        Assert.Matches(@"n-00\d: (batch uses \d+m, expected \d+m at most|its NodeMetric is of)", failure.Message);
        Assert.Equal(6, result.Moved);
        Assert.All((await SurveyAsync(cloud)).Nodes, node => Assert.InRange(node.Usage!.BatchCpuMilli, 0, node.CpuMilli * 11 / 100));
    }

    /// <summary>The facts of a lossy hop: plan, for each of two waves what it kills and the wave itself, the end. The attempt dies at some of them.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task A_lossy_degrade_kills_what_runs_with_the_checkpoint_list_kept_first(int fact, bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await StressedAsync(cloud);
        var shown = new List<string>();
        if (fact > 0)
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() =>
                ShiftAsync(cloud, ToLossy, new FakeTask(cloud.Journal, cloud.Clock, "lossy") { KilledAt = fact, KilledAfter = durable }));
        }

        var result = await ShiftAsync(cloud, ToLossy, new FakeTask(cloud.Journal, cloud.Clock, "lossy", attempt: 2) { OnProgress = shown.Add });

        var killed = cloud.Journal.Facts.OfType<BatchKilled>().SelectMany(kill => kill.Tasks).ToArray();
        var gone = cloud.Cloud.Effects.Where(effect => effect.Kind == EffectKind.PodEvict).Select(effect => effect.Target["lend/".Length..]).ToArray();
        Assert.NotEmpty(killed);
        Assert.Equal(killed.Length, killed.Select(task => task.Task).Distinct().Count());
        // Some end by themselves between the list and their deletion: the night is fast. None goes that is not in the list.
        Assert.NotEmpty(gone);
        Assert.Equal(gone.Length, gone.Distinct().Count());
        Assert.Subset(killed.Select(task => task.Task).ToHashSet(), gone.ToHashSet());
        Assert.All(killed, task => Assert.NotNull(task.Checkpoint));
        Assert.Equal(killed.Length, result.Killed!.Tasks);
        Assert.True(cloud.Journal.Facts.OfType<ShiftPlanned>().Last().Kills is { Tasks: > 0, LostCpuHours: >= 0, WithoutCheckpoint: 0, WithoutController: 0 });
        Assert.True(fact > 0 || shown.Any(line => line.StartsWith("peak-degrade-lossy would kill ", StringComparison.Ordinal)));
        Assert.All((await SurveyAsync(cloud)).Nodes, node => Assert.InRange(node.Usage!.BatchCpuMilli, 0, node.CpuMilli / 100));
    }

    [Fact(Timeout = 60_000)]
    public async Task Killed_tasks_are_admitted_again_after_the_degrade_and_those_that_nothing_requeues_are_named()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await StressedAsync(cloud);
        using var client = new k8s.Kubernetes(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });
        await client.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta
                {
                    Name = "lonely",
                    Labels = new Dictionary<string, string> { ["koordinator.sh/qosClass"] = "BE" },
                    Annotations = new Dictionary<string, string> { ["orchestrator.io/simulated-ready-at"] = "2026-11-01T00:00:00Z" },
                },
                Spec = new V1PodSpec
                {
                    NodeName = "n-001",
                    Containers = [new V1Container { Name = "task", Resources = new V1ResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["kubernetes.io/batch-cpu"] = new("1000") } } }],
                },
            },
            "batch", cancellationToken: Stop);

        var lossy = await ShiftAsync(cloud, ToLossy, cloud.ATask("lossy"));
        var (_, during) = await Driver(cloud).BatchAsync(Stop);
        var back = await ShiftAsync(cloud, new() { Cluster = "lend", To = TargetState.PeakDegrade, Waves = ["100%"], Waive = Waive("traffic", "queue-lag") }, cloud.ATask("recover"));

        Assert.Equal((1, 1), (lossy.Killed!.WithoutController, lossy.Killed.WithoutCheckpoint));
        Assert.Null(lossy.Requeue);
        Assert.Equal(0, during);
        Assert.Equal(lossy.Killed.Tasks, back.Requeue!.Killed);
        Assert.Equal(["batch/lonely"], back.Requeue.Lost);
        Assert.True(back.Requeue.Running + back.Requeue.Waiting > 0, "nothing was requeued");
    }

    /// <summary>What a lossy degrade would cost stands in the refusal, before anybody has said yes to it.</summary>
    [Fact(Timeout = 60_000)]
    public async Task What_would_be_lost_and_how_long_a_drain_takes_is_told_when_a_lossy_degrade_is_refused()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await StressedAsync(cloud);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, ToLossy with { Waive = Waive() }, cloud.ATask("lossy")));

        Assert.Matches(@"would kill [1-9]\d* batch tasks, [\d.]+ core-hours of work since their checkpoints lost", failure.Message);
        Assert.Contains("pressure: online CPU at ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("it is unknown how long draining would take", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(cloud.Journal.Facts, fact => fact is BatchKilled);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("1.6.2", "CgroupReconcile, TCNetworkQoS", "koord-manager is 1.6.2, 1.7 is the least, koordlet is 1.6.2, 1.7 is the least")]
    [InlineData("1.7.0", "TCNetworkQoS", "koordlet's gate CgroupReconcile is off, which carries its memory QoS")]
    [InlineData("1.8.0", "CgroupReconcile", "koordlet's gate TCNetworkQoS is off, which carries its network classes")]
    public async Task A_cluster_without_what_the_profile_rests_on_is_refused_by_name(string koordinator, string gates, string named)
    {
        var lend = SmallFleet.Definition.Clusters[0] with { Koordinator = koordinator, KoordletGates = [.. gates.Split(", ")] };
        await using var cloud = await TestCloud.OpenAsync(SmallFleet.Definition with { Clusters = [lend] });

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, ToTransitional, cloud.ATask("lend")));

        Assert.Equal(("guard-refused", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains($"not: {named}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, Labels(cloud));
    }

    /// <summary>With koordlet's memory eviction on, a profile with a lower threshold kills as it comes into force.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_profile_that_would_evict_on_arrival_is_refused_by_the_nodes_names()
    {
        var lend = SmallFleet.Definition.Clusters[0] with
        {
            KoordletGates = ["CgroupReconcile", "TCNetworkQoS", "BEMemoryEvict"],
            Demand = SmallFleet.Definition.Clusters[0].Demand with { BatchMemoryMiB = Orchestrator.Fleet.Demand.DayCurve.Constant(2_200_000), BatchCpuMilli = Orchestrator.Fleet.Demand.DayCurve.Constant(540_000) },
        };
        await using var cloud = await TestCloud.OpenAsync(SmallFleet.Definition with { Clusters = [lend] });

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, ToTransitional, cloud.ATask("lend")));

        Assert.Matches(@"n-001 uses (8[6-9]|9\d) % of its memory, above 85 % koordlet evicts batch", failure.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_freeze_never_asks_for_less_than_is_guaranteed()
    {
        var lend = SmallFleet.Definition.Clusters[0];
        lend = lend with { Demand = lend.Demand with { BatchCpuMilli = Orchestrator.Fleet.Demand.DayCurve.Constant(0) } };
        await using var cloud = await TestCloud.OpenAsync(SmallFleet.Definition with { Clusters = [lend] });
        await StressedAsync(cloud);
        await ShiftAsync(cloud, ToPeak, cloud.ATask("degrade"));

        var quota = (await Driver(cloud).QuotasAsync(Stop))![ClusterQuota.Batch];

        Assert.True(quota.Frozen);
        Assert.NotEqual("0", quota.Min["kubernetes.io/batch-cpu"]);
        Assert.Equal(quota.Min.AsEnumerable(), quota.Max);
    }

    private static ShiftClusterArguments ToTransitional { get; } = new() { Cluster = "lend", To = TargetState.Transitional, Waves = ["10%", "50%", "100%"] };

    private static ShiftClusterArguments ToPeak { get; } = new()
    {
        Cluster = "lend",
        To = TargetState.PeakDegrade,
        Waves = ["50%", "100%"],
        Evidence = new() { Approved = true, By = [new() { User = "alice" }, new() { User = "bob" }] },
        Waive = Waive("rehearsal", "capacity"),
    };

    private static ShiftClusterArguments ToLossy { get; } = ToPeak with { Mode = DegradeMode.Lossy, Preauthorised = "the plan of 1 November", Waive = Waive("pressure", "drain") };

    private static ImmutableSortedDictionary<string, string> Waive(params string[] guards) =>
        guards.ToImmutableSortedDictionary(guard => guard, _ => "not part of this test", StringComparer.Ordinal);

    /// <summary>An attempt that dies once its first wave is durable. Returns the node of that wave.</summary>
    private static async Task<string> FirstWaveAsync(TestCloud cloud)
    {
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ShiftAsync(cloud, ToTransitional, new FakeTask(cloud.Journal, cloud.Clock, "lend") { KilledAt = 3, KilledAfter = true }));
        return Assert.Single(Assert.Single(cloud.Journal.Facts.OfType<WaveConfirmed>()).Nodes);
    }

    private static async Task StressedAsync(TestCloud cloud)
    {
        await ShiftAsync(cloud, ToTransitional with { To = TargetState.StressTest, Through = true, Soak = TimeSpan.Zero }, cloud.ATask("stress"));
        cloud.Journal.Approve("alice", "bob");
    }

    private static Task<ShiftClusterResult> ShiftAsync(TestCloud cloud, ShiftClusterArguments arguments, FakeTask task) =>
        cloud.RunAsync<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(arguments, task);

    private static ClusterDriver Driver(TestCloud cloud) => cloud.Services.GetRequiredService<FleetInventory>().Find("lend")!;

    private static Task<ClusterSurvey> SurveyAsync(TestCloud cloud) => Driver(cloud).SurveyAsync(Stop);

    private static async Task<Dictionary<string, ColocationState?>> StatesAsync(TestCloud cloud) => (await SurveyAsync(cloud)).Nodes.ToDictionary(node => node.Name, node => node.State);

    private static IEnumerable<(ColocationState, int)> Standing(TestCloud cloud) =>
        FleetView.Of(cloud.Journal.Facts).Clusters["lend"].NodesByState.Select(state => (state.Key, state.Value));

    private static int Labels(TestCloud cloud) => cloud.Cloud.Effects.Count(effect => effect.Kind == EffectKind.NodeLabel);

    private static async Task FaultsAsync(TestCloud cloud, object plan)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(new Uri(cloud.Cloud.BaseAddress, "sim/faults"), plan, Stop);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task CordonAsync(TestCloud cloud, string node, bool cordoned)
    {
        using var client = new k8s.Kubernetes(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });
        await client.CoreV1.PatchNodeAsync(new V1Patch($$"""{"spec":{"unschedulable":{{(cordoned ? "true" : "null")}} } }""", V1Patch.PatchType.MergePatch), node, cancellationToken: Stop);
    }
}
