using System.Collections.Immutable;
using Orchestrator.Activities.Shift;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class ShiftClusterTests
{
    private const string Step = "lend/shift";

    [Fact(Timeout = 60_000)]
    public async Task Moves_the_nodes_in_waves_with_the_way_back_stored_first()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var result = await ShiftAsync(cloud, ToTransitional with { Waves = ["10%", "50%", "100%"] }, cloud.ATask(Step));

        Assert.Equal((ColocationState.Transitional, 6), (result.State, result.Moved));
        Assert.Equal(3, Assert.Single(result.Hops).Waves);
        Assert.Equal(
            [typeof(FleetSurveyed), typeof(ShiftPlanned), typeof(WaveConfirmed), typeof(WaveConfirmed), typeof(WaveConfirmed), typeof(ClusterShifted)],
            cloud.Journal.Facts.Select(fact => fact.GetType()));
        Assert.Empty(result.Waived);
        Assert.Empty(result.LeftBehind);
        Assert.Equal(6, Labels(cloud).Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cluster_that_no_survey_has_found_is_known_from_its_first_shift_on_and_found_once()
    {
        await using var cloud = await TestCloud.OpenAsync();

        await ShiftAsync(cloud, ToTransitional, cloud.ATask(Step));
        await ShiftAsync(cloud, new() { Cluster = "lend", To = TargetState.OfflineOnly }, cloud.ATask("give-back"));

        Assert.Single(cloud.Journal.Facts.OfType<FleetSurveyed>());
        var known = Assert.Single(FleetView.Of(cloud.Journal.Facts).Clusters.Values);
        Assert.Equal(("lend", 6, ColocationState.OfflineOnly), (known.Id, known.Nodes, known.State));
    }

    [Fact(Timeout = 60_000)]
    public async Task Changes_nothing_where_every_node_is_there_already()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var result = await ShiftAsync(cloud, new() { Cluster = "lend", To = TargetState.OfflineOnly }, cloud.ATask(Step));

        Assert.Equal(0, result.Moved);
        Assert.Empty(cloud.Journal.Facts);
        Assert.Empty(Labels(cloud));
    }

    // Six facts are recorded: the cluster as it was found, the plan, three waves, the end. The attempt dies at each of them, before or after it is durable.
    public static TheoryData<int, bool> Deaths { get; } = [.. from fact in Enumerable.Range(1, 6) from durable in new[] { false, true } select (fact, durable)];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Deaths))]
    public async Task Takes_up_where_a_killed_attempt_left_off_and_labels_each_node_once(int fact, bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var arguments = ToTransitional with { Waves = ["10%", "50%", "100%"] };

        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ShiftAsync(cloud, arguments, new FakeTask(cloud.Journal, cloud.Clock, Step) { KilledAt = fact, KilledAfter = durable }));
        var result = await ShiftAsync(cloud, arguments, cloud.ATask(Step, attempt: 2));

        Assert.Equal(ColocationState.Transitional, result.State);
        Assert.Equal(6, Labels(cloud).Count());
        Assert.Equal(6, Labels(cloud).Select(effect => effect.Target).Distinct().Count());
        Assert.Equal(6, cloud.Journal.Facts.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Refuses_a_move_that_is_not_legal_and_names_the_way_round()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failure = await FailAsync(cloud, new() { Cluster = "lend", To = TargetState.StressTest });

        Assert.Equal(("illegal-move", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("transitional, then stress-test", failure.Message, StringComparison.Ordinal);
        Assert.Contains("through: true", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Labels(cloud));
    }

    [Fact(Timeout = 60_000)]
    public async Task Goes_by_the_legal_path_when_told_to()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var result = await ShiftAsync(cloud, ToStressTest, cloud.ATask(Step));

        Assert.Equal([ColocationState.Transitional, ColocationState.StressTest], result.Hops.Select(hop => hop.To));
        Assert.Equal(12, Labels(cloud).Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_guard_says_what_and_how_to_mend_it_and_nothing_moves()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToStressTest, cloud.ATask(Step));
        var before = Labels(cloud).Count();
        cloud.Journal.Approve("alice", "carol");

        var failure = await FailAsync(cloud, new() { Cluster = "lend", To = TargetState.PeakDegrade, Evidence = new() { Approved = true, By = [new() { User = "alice" }, new() { User = "carol" }] } });

        // Carol started the run, so her approval is none.
        Assert.Equal(("guard-refused", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("approvals: approved by alice; put an approval with a quorum of 2 before this step", failure.Message, StringComparison.Ordinal);
        Assert.Contains("rehearsal: no rehearsal is known", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Labels(cloud).Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guard_that_time_may_mend_is_asked_again()
    {
        await using var cloud = await TestCloud.OpenAsync();
        cloud.Journal.Approve("alice", "bob");
        await ShiftAsync(cloud, ToPeak, cloud.ATask(Step));

        var failure = await FailAsync(cloud, new() { Cluster = "lend", To = TargetState.StressTest }, path: "recover/shift");

        Assert.Contains("traffic", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Error.Retryable);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_undo_goes_back_along_the_legal_path()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToStressTest, cloud.ATask(Step));

        var result = await ShiftAsync(
            cloud, new() { Cluster = "lend", To = TargetState.OfflineOnly }, new FakeTask(cloud.Journal, cloud.Clock, $"{Step}-undo") { TakesBack = true });

        Assert.Equal([ColocationState.Transitional, ColocationState.OfflineOnly], result.Hops.Select(hop => hop.To));
    }

    [Fact(Timeout = 60_000)]
    public async Task Nodes_in_different_states_come_together_on_the_way()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, cloud.ATask(Step));
        // The first wave of the next move is confirmed, then the run is abandoned for good.
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ShiftAsync(cloud, ToStressTest with { Waves = ["50%", "100%"] }, new FakeTask(cloud.Journal, cloud.Clock, "stress/shift") { KilledAt = 2, KilledAfter = true }));

        var result = await ShiftAsync(cloud, new() { Cluster = "lend", To = TargetState.OfflineOnly, Through = true }, cloud.ATask("give-back/shift"));

        Assert.Equal([(ColocationState.StressTest, 3), (ColocationState.Transitional, 6)], result.Hops.Select(hop => (hop.From, hop.Nodes)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_run_whose_cluster_was_taken_over_changes_nothing_more()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ShiftAsync(cloud, ToTransitional, new FakeTask(cloud.Journal, cloud.Clock, "emergency/shift") { Token = 7 });

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            ShiftAsync(cloud, ToStressTest, new FakeTask(cloud.Journal, cloud.Clock, Step) { Token = 3 }));

        Assert.Equal(("fenced", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Equal(6, Labels(cloud).Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task Refuses_to_move_without_a_lock()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            ShiftAsync(cloud, ToTransitional, new FakeTask(cloud.Journal, cloud.Clock, Step) { Token = 0 }));

        Assert.Equal("no-lock", failure.Error.Code);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("nowhere", "100%", "unknown-cluster")]
    [InlineData("lend", "50%", "bad-argument")]
    public async Task Wrong_arguments_are_told_before_anything_is_touched(string cluster, string lastWave, string code)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failure = await FailAsync(cloud, ToTransitional with { Cluster = cluster, Waves = [lastWave] });

        Assert.Equal((code, false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Empty(cloud.Cloud.Effects);
    }

    private static ShiftClusterArguments ToTransitional { get; } = new() { Cluster = "lend", To = TargetState.Transitional };

    private static ShiftClusterArguments ToStressTest { get; } = ToTransitional with { To = TargetState.StressTest, Through = true };

    private static ShiftClusterArguments ToPeak { get; } = ToStressTest with
    {
        To = TargetState.PeakDegrade,
        Evidence = new() { Approved = true, By = [new() { User = "alice" }, new() { User = "bob" }] },
        Waive = Waive("rehearsal", "capacity"),
    };

    private static ImmutableSortedDictionary<string, string> Waive(params string[] guards) =>
        guards.ToImmutableSortedDictionary(guard => guard, _ => "not part of this test", StringComparer.Ordinal);

    private static Task<ShiftClusterResult> ShiftAsync(TestCloud cloud, ShiftClusterArguments arguments, FakeTask task) =>
        cloud.RunAsync<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(arguments, task);

    private static Task<ActivityFailedException> FailAsync(TestCloud cloud, ShiftClusterArguments arguments, string path = "other/shift") =>
        Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, arguments, cloud.ATask(path)));

    private static IEnumerable<Simulator.Effects.Effect> Labels(TestCloud cloud) => cloud.Cloud.Effects.Where(effect => effect.Kind == EffectKind.NodeLabel);
}
