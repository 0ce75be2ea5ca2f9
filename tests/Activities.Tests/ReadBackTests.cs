using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Inspect;
using Orchestrator.Activities.Provision;
using Orchestrator.Activities.Release;
using Orchestrator.Activities.Scale;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Units;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

/// <summary>What an undo says of units and traffic is what the cloud, the cluster and the router show at its end.</summary>
public sealed class ReadBackTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_unit_that_was_built_is_taken_back_and_nothing_of_it_is_shown()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        Assert.NotEmpty(await ShownAsync(cloud));

        var undone = await UndoAsync(cloud);

        Assert.Equal((true, 0), (undone.Released, undone.Left.Length));
        Assert.Empty(await ShownAsync(cloud));
        Assert.NotNull(Assert.Single(Ledger.Of(cloud.Journal.Facts).Units).Released);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_the_stack_does_not_know_of_stands_and_is_named_until_it_is_gone()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        // Somebody made a second database under the unit's name: no stack holds it.
        var stray = await DatabaseAsync(cloud, "cloud-1-db");

        var undone = await UndoAsync(cloud);
        var failed = FleetView.Of(cloud.Journal.Facts).Units["cloud-1"];
        await cloud.Services.GetRequiredService<AlibabaCloud>().Rds("cn-hangzhou").DeleteInstanceAsync(stray, Cancel);
        while ((await ShownAsync(cloud)).Length > 0) await Task.Delay(TimeSpan.FromSeconds(30), cloud.Clock, Cancel);
        var again = await UndoAsync(cloud, attempt: 2);

        var left = Assert.Single(undone.Left);
        Assert.Equal("unit cloud-1: cloud-1-db", left.Name);
        Assert.Contains(stray, left.Reason, StringComparison.Ordinal);
        Assert.False(undone.Released);
        // Not everything is given back, so the ledger goes on counting it.
        Assert.Equal(UnitPhase.Failed, failed.Phase);
        Assert.Contains(stray, failed.Failure, StringComparison.Ordinal);
        Assert.Equal((true, 0), (again.Released, again.Left.Length));
        var view = FleetView.Of(cloud.Journal.Facts).Units["cloud-1"];
        Assert.Equal((UnitPhase.Released, 0), (view.Phase, view.IllegalChanges.Length));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_release_that_leaves_something_fails_and_says_what()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await DatabaseAsync(cloud, "cloud-1-db");

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            cloud.RunAsync<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(new() { Unit = "cloud-1" }, cloud.ATask("release")));

        Assert.Equal("unit-stands", failure.Error.Code);
        Assert.Contains("cloud-1-db (the cloud still shows database", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(cloud.Journal.Facts, fact => fact is UnitReleased);
    }

    /// <summary>Other units' names begin with this one's, and are another's.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Another_unit_whose_name_begins_alike_is_not_taken_for_it()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(new() { Unit = "cloud-1-b", Kind = UnitKind.Cloud, Hosts = 1 }, cloud.ATask("other"));

        Assert.Empty((await UndoAsync(cloud)).Left);
        Assert.NotEmpty(await cloud.Services.GetRequiredService<UnitInventory>().OnCloudAsync("cloud-1-b", "cn-hangzhou", Cancel));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_half_built_unit_is_failed_in_the_ledger_until_it_is_destroyed(bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();
        // Killed at its second fact: all of it stands, and nobody has confirmed it.
        await Assert.ThrowsAsync<OperationCanceledException>(() => ProvisionAsync(cloud, new FakeTask(cloud.Journal, cloud.Clock, "build") { KilledAt = durable ? 1 : 2, KilledAfter = durable }));

        var undone = await UndoAsync(cloud);

        Assert.Empty(undone.Left);
        Assert.Empty(await ShownAsync(cloud));
        Assert.Equal(
            [typeof(UnitPlanned), typeof(UnitFailed), typeof(UnitReleasing), typeof(UnitReleased)],
            cloud.Journal.Facts.Select(fact => fact.GetType()));
        Assert.Empty(FleetView.Of(cloud.Journal.Facts).Units["cloud-1"].IllegalChanges);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_unit_on_lent_nodes_is_read_back_from_its_cluster()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var inventory = cloud.Services.GetRequiredService<UnitInventory>();
        await cloud.RunAsync<Survey.SurveyFleet, Survey.SurveyFleetArguments, Survey.SurveyFleetResult>(new(), cloud.ATask("survey"));
        await cloud.RunAsync<Shift.ShiftCluster, Shift.ShiftClusterArguments, Shift.ShiftClusterResult>(new() { Cluster = "lend", To = Shift.TargetState.Transitional }, cloud.ATask("lend"));
        await cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(
            new() { Unit = "big-data-1", Kind = UnitKind.BigData, Cluster = "lend", Hosts = 2 }, cloud.ATask("build"));
        Assert.Equal(2, await inventory.ReplicasAsync("big-data-1", "lend", Cancel));
        Assert.Single(await inventory.OnClusterAsync("big-data-1", "lend", Cancel));

        var undone = await cloud.RunAsync<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(
            new() { Unit = "big-data-1", Drain = true }, new FakeTask(cloud.Journal, cloud.Clock, "build") { TakesBack = true });

        Assert.Empty(undone.Left);
        Assert.Empty(await inventory.OnClusterAsync("big-data-1", "lend", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_undo_restores_the_weights_that_the_router_had_before_the_step()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ReadyAsync(cloud);
        await ShiftAsync(cloud, "first", new() { Weights = Percents(("cloud-1", 20), ("home", 80)) });
        await ShiftAsync(cloud, "second", new() { Weights = Percents(("cloud-1", 50), ("home", 50)) });

        var second = await ShiftAsync(cloud, "second", new() { Restore = true }, undo: true);
        var first = await ShiftAsync(cloud, "first", new() { Restore = true }, undo: true);

        Assert.Equal((20, 0), (second.Weights["cloud-1"], second.Left.Length));
        Assert.Equal((100, 0), (first.Weights["home"], first.Left.Length));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_undo_whose_own_weights_are_not_those_from_before_the_run_says_so_at_the_first_step_only()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ReadyAsync(cloud);
        // From before the run, as the router has it: no fact of this run.
        await cloud.Services.GetRequiredService<TrafficDivider>().ChangeAsync(
            _ => ImmutableDictionary<string, int>.Empty.Add("cloud-1", 30).Add("home", 70), new FakeTask(new FakeJournal(), cloud.Clock, "elsewhere"), "shifted", Cancel);
        await ShiftAsync(cloud, "first", new() { Weights = Percents(("cloud-1", 40), ("home", 60)) });
        await ShiftAsync(cloud, "second", new() { Weights = Percents(("cloud-1", 50), ("home", 50)) });

        var second = await ShiftAsync(cloud, "second", new() { Weights = Percents(("home", 100)) }, undo: true);
        var first = await ShiftAsync(cloud, "first", new() { Weights = Percents(("home", 100)) }, undo: true);

        Assert.Empty(second.Left);
        Assert.Equal(["traffic to cloud-1", "traffic to home"], first.Left.Select(left => left.Name));
        Assert.Contains("it had 30 % before the run and has 0 %", first.Left[0].Reason, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task A_shift_that_was_killed_anywhere_is_restored(int fact, bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ReadyAsync(cloud);
        await Assert.ThrowsAsync<OperationCanceledException>(() => cloud.RunAsync<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(
            new() { Weights = Percents(("cloud-1", 40), ("home", 60)) }, new FakeTask(cloud.Journal, cloud.Clock, "traffic") { KilledAt = fact, KilledAfter = durable }));

        var undone = await ShiftAsync(cloud, "traffic", new() { Restore = true }, undo: true);

        Assert.Equal((100, 0), (undone.Weights["home"], undone.Left.Length));
        Assert.Equal(100, FleetView.Of(cloud.Journal.Facts).Weights["home"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_scaling_is_taken_back_to_the_hosts_from_before_and_says_so_when_it_is_not()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await ScaleAsync(cloud, 4);

        var other = await ScaleAsync(cloud, 3, undo: true);
        Assert.Equal("it had 2 hosts before the step, and its undo asks for 3", Assert.Single(other.Left).Reason);
        var undone = await ScaleAsync(cloud, 2, undo: true, attempt: 2);

        Assert.Empty(undone.Left);
        Assert.Equal(2, (await ShownAsync(cloud)).Count(one => one.What.StartsWith("machine", StringComparison.Ordinal)));
    }

    /// <summary>Found by the property over generated runbooks: the group had given the machine up, and the stack's state said two all the same.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_shrinking_that_was_cut_off_after_its_hosts_had_gone_is_taken_back_to_what_the_cloud_had()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await Assert.ThrowsAsync<OperationCanceledException>(() => cloud.RunAsync<ScaleUnit, ScaleUnitArguments, ScaleUnitResult>(
            new() { Unit = "cloud-1", Hosts = 1, Drain = TimeSpan.FromSeconds(1) },
            new FakeTask(cloud.Journal, cloud.Clock, "scale") { OnProgress = said => { if (said.EndsWith("hosts are gone", StringComparison.Ordinal)) throw new OperationCanceledException("cut off"); } }));

        var undone = await ScaleAsync(cloud, 2, undo: true);

        Assert.Empty(undone.Left);
        Assert.Equal(2, (await ShownAsync(cloud)).Count(one => one.What.StartsWith("machine", StringComparison.Ordinal)));
        Assert.Equal(2, Assert.Single(Ledger.Of(cloud.Journal.Facts).Units).Hosts);
    }

    private static Task<ImmutableArray<ShownResource>> ShownAsync(TestCloud cloud) => cloud.Services.GetRequiredService<UnitInventory>().OnCloudAsync("cloud-1", "cn-hangzhou", Cancel);

    private static async Task<string> DatabaseAsync(TestCloud cloud, string name)
    {
        var alibaba = cloud.Services.GetRequiredService<AlibabaCloud>();
        var network = await alibaba.Vpc("cn-hangzhou").CreateVpcAsync(new CreateVpcRequest("others", "10.0.0.0/16", "others"), Cancel);
        var vswitch = await alibaba.Vpc("cn-hangzhou").CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-h", "10.0.0.0/20", "others"), Cancel);
        return await alibaba.Rds("cn-hangzhou").CreateInstanceAsync(
            new CreateDbInstanceRequest("MySQL", "8.0", "mysql.x8.4xlarge.2", 500, network, vswitch, "10.0.0.0/16", "stray") { Description = name }, Cancel);
    }

    private static async Task ReadyAsync(TestCloud cloud)
    {
        await ProvisionAsync(cloud);
        await cloud.RunAsync<InspectUnit, InspectUnitArguments, InspectUnitResult>(new() { Unit = "cloud-1" }, cloud.ATask("inspect"));
    }

    private static Task<ProvisionUnitResult> ProvisionAsync(TestCloud cloud, FakeTask? task = null) =>
        cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(new() { Unit = "cloud-1", Kind = UnitKind.Cloud, Hosts = 2 }, task ?? cloud.ATask("build"));

    private static Task<ReleaseUnitResult> UndoAsync(TestCloud cloud, int attempt = 1) =>
        cloud.RunAsync<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(
            new() { Unit = "cloud-1", Drain = true }, new FakeTask(cloud.Journal, cloud.Clock, "build", attempt) { TakesBack = true });

    private static Task<ShiftTrafficResult> ShiftAsync(TestCloud cloud, string path, ShiftTrafficArguments arguments, bool undo = false) =>
        cloud.RunAsync<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(arguments, new FakeTask(cloud.Journal, cloud.Clock, path) { TakesBack = undo });

    private static Task<ScaleUnitResult> ScaleAsync(TestCloud cloud, int hosts, bool undo = false, int attempt = 1) =>
        cloud.RunAsync<ScaleUnit, ScaleUnitArguments, ScaleUnitResult>(
            new() { Unit = "cloud-1", Hosts = hosts, Drain = TimeSpan.Zero }, new FakeTask(cloud.Journal, cloud.Clock, "scale", attempt) { TakesBack = undo });

    private static ImmutableSortedDictionary<string, int> Percents(params (string Destination, int Percent)[] weights) =>
        weights.ToImmutableSortedDictionary(weight => weight.Destination, weight => weight.Percent, StringComparer.Ordinal);
}
