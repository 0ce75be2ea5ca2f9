using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Inspect;
using Orchestrator.Activities.Provision;
using Orchestrator.Activities.Release;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class UnitTests
{
    /// <summary>What a cloud unit is made of, without the rules of its security group and its machines.</summary>
    private const int Things = 11;

    [Fact(Timeout = 60_000)]
    public async Task A_unit_is_built_inspected_given_traffic_and_released()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var built = await ProvisionAsync(cloud, cloud.ATask("build"));
        var inspected = await InspectAsync(cloud, cloud.ATask("inspect"));
        var shifted = await ShiftAsync(cloud, new() { Spread = [new() { Units = ["cloud-1"], Percent = 30 }] }, cloud.ATask("traffic"));
        var released = await ReleaseAsync(cloud, new() { Unit = "cloud-1", Drain = true }, cloud.ATask("release"));

        Assert.Equal(3, built.Endpoints.Length);
        Assert.True(inspected.Ready);
        Assert.Equal((30, 70), (shifted.Weights["cloud-1"], shifted.Weights["home"]));
        Assert.True(released.Released);
        Assert.Equal(Created(cloud), Deleted(cloud));
        Assert.Equal(
            [typeof(UnitPlanned), typeof(UnitProvisioned), typeof(UnitInspected), typeof(WeightsFound), typeof(TrafficShifted), typeof(OrdersCounted), typeof(TrafficShifted), typeof(OrdersCounted), typeof(UnitReleasing), typeof(UnitReleased)],
            cloud.Journal.Facts.Select(fact => fact.GetType()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task A_killed_build_goes_on_and_creates_nothing_twice(int fact, bool durable)
    {
        await using var cloud = await TestCloud.OpenAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ProvisionAsync(cloud, new FakeTask(cloud.Journal, cloud.Clock, "build") { KilledAt = fact, KilledAfter = durable }));
        await ProvisionAsync(cloud, cloud.ATask("build", attempt: 2));

        Assert.Equal(Things, Created(cloud));
        Assert.Equal(Things, cloud.Cloud.Effects.Where(IsCreation).Select(effect => effect.Target).Distinct().Count());
        Assert.Single(cloud.Journal.Facts.OfType<UnitPlanned>());
        Assert.Single(cloud.Journal.Facts.OfType<UnitProvisioned>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_killed_release_goes_on_and_deletes_nothing_twice(int fact)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud, cloud.ATask("build"));
        await InspectAsync(cloud, cloud.ATask("inspect"));
        await ShiftAsync(cloud, new() { Weights = Percents(("cloud-1", 30), ("home", 70)) }, cloud.ATask("traffic"));
        var arguments = new ReleaseUnitArguments { Unit = "cloud-1", Drain = true };

        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ReleaseAsync(cloud, arguments, new FakeTask(cloud.Journal, cloud.Clock, "release") { KilledAt = fact }));
        var released = await ReleaseAsync(cloud, arguments, cloud.ATask("release", attempt: 2));

        Assert.True(released.Released);
        Assert.Equal(Created(cloud), Deleted(cloud));
        Assert.Equal(2, cloud.Cloud.Effects.Count(effect => effect.Kind == EffectKind.Traffic));
    }

    [Fact(Timeout = 60_000)]
    public async Task Releasing_a_unit_that_never_was_changes_nothing()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var released = await ReleaseAsync(cloud, new() { Unit = "nobody" }, cloud.ATask("release"));

        Assert.False(released.Released);
        Assert.Empty(cloud.Journal.Facts);
        Assert.Empty(cloud.Cloud.Effects);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_unit_under_traffic_is_not_released_unless_it_may_be_drained()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud, cloud.ATask("build"));
        await InspectAsync(cloud, cloud.ATask("inspect"));
        await ShiftAsync(cloud, new() { Weights = Percents(("cloud-1", 30), ("home", 70)) }, cloud.ATask("traffic"));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ReleaseAsync(cloud, new() { Unit = "cloud-1" }, cloud.ATask("release")));

        Assert.Equal(("unit-takes-traffic", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.DoesNotContain(cloud.Cloud.Effects, effect => effect.Kind == EffectKind.ResourceDelete);
    }

    [Fact(Timeout = 60_000)]
    public async Task Traffic_never_goes_to_a_unit_that_was_not_inspected()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud, cloud.ATask("build"));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            ShiftAsync(cloud, new() { Weights = Percents(("cloud-1", 30), ("home", 70)) }, cloud.ATask("traffic")));

        Assert.Equal("invariant-broken", failure.Error.Code);
        Assert.Contains("not inspected", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(cloud.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_unit_that_does_not_answer_is_not_ready()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var task = cloud.ATask("build");
        // A port that nobody listens on: reserved, and never opened here.
        await task.RecordAsync("planned", FactOf(new UnitPlanned("gone", UnitKind.Cloud, null, 1, 1000, 1) { At = cloud.Clock.GetUtcNow() }), TestContext.Current.CancellationToken);
        await task.RecordAsync("provisioned", FactOf(new UnitProvisioned("gone", ["http://127.0.0.1:9/"]) { At = cloud.Clock.GetUtcNow() }), TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => cloud.RunAsync<InspectUnit, InspectUnitArguments, InspectUnitResult>(
            new() { Unit = "gone", Deadline = TimeSpan.FromSeconds(1) }, cloud.ATask("inspect")));

        Assert.Equal("not-ready", failure.Error.Code);
        Assert.Contains("gone/1/health", failure.Message, StringComparison.Ordinal);
        Assert.False(Assert.Single(cloud.Journal.Facts.OfType<UnitInspected>()).Passed);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ramp_goes_in_equal_steps_and_goes_on_after_a_kill()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud, cloud.ATask("build"));
        await InspectAsync(cloud, cloud.ATask("inspect"));
        var arguments = new ShiftTrafficArguments { Weights = Percents(("cloud-1", 40), ("home", 60)), Ramp = new() { Steps = 4, Every = TimeSpan.FromSeconds(30) } };

        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ShiftAsync(cloud, arguments, new FakeTask(cloud.Journal, cloud.Clock, "traffic") { KilledAt = 4 }));
        await ShiftAsync(cloud, arguments, cloud.ATask("traffic", attempt: 2));

        Assert.Equal(0, Assert.Single(cloud.Journal.Facts.OfType<WeightsFound>()).Weights.GetValueOrDefault("cloud-1"));
        Assert.Equal([10, 20, 30, 40], cloud.Journal.Facts.OfType<TrafficShifted>().Select(shifted => shifted.Weights.GetValueOrDefault("cloud-1")));
        Assert.Equal(4, cloud.Cloud.Effects.Count(effect => effect.Kind == EffectKind.Traffic));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(UnitKind.BigData, null)]
    [InlineData(UnitKind.BigData, "nowhere")]
    [InlineData(UnitKind.Cloud, "lend")]
    public async Task A_unit_stands_on_what_its_kind_says(UnitKind kind, string? cluster)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(
            new() { Unit = "unit-1", Kind = kind, Cluster = cluster }, cloud.ATask("build")));

        Assert.Equal(("bad-argument", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Empty(cloud.Cloud.Effects);
    }

    /// <summary>The stock of machines ends in the middle: network, balancer and database stand, the machines do not.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_unit_that_was_built_in_part_is_told_and_completed_or_taken_down_without_doubles(bool completes)
    {
        await using var cloud = await TestCloud.OpenAsync(with: options => options with { HostStock = 2 });
        var taken = await TakeStockAsync(cloud);
        var mine = Live(cloud);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ProvisionAsync(cloud, cloud.ATask("build")));
        var view = Fleet.Views.FleetView.Of(cloud.Journal.Facts).Units["cloud-1"];
        var standing = Live(cloud) - mine;

        Assert.Equal("stack-failed", failure.Error.Code);
        Assert.Contains("hostConfiguration create: OperationDenied.NoStock", failure.Message, StringComparison.Ordinal);
        Assert.Equal(UnitPhase.Failed, view.Phase);
        Assert.Contains("hostConfiguration", view.Failure, StringComparison.Ordinal);
        Assert.Equal(Things, standing);
        if (completes)
        {
            await FreeStockAsync(cloud, taken);
            var built = await ProvisionAsync(cloud, cloud.ATask("build", attempt: 2));

            Assert.Equal(3, built.Endpoints.Length);
            // Two rules of the security group besides, which are things of the program and not of the cloud, and the provider.
            Assert.Equal(Things + 3, built.Changes["same"]);
            Assert.Equal(mine + Things, Live(cloud));
            Assert.Equal(UnitPhase.Provisioned, Fleet.Views.FleetView.Of(cloud.Journal.Facts).Units["cloud-1"].Phase);
        }
        else
        {
            var released = await ReleaseAsync(cloud, new() { Unit = "cloud-1" }, cloud.ATask("release"));

            Assert.True(released.Released);
            Assert.Equal(mine, Live(cloud));
            Assert.Equal(UnitPhase.Released, Fleet.Views.FleetView.Of(cloud.Journal.Facts).Units["cloud-1"].Phase);
        }

        var created = cloud.Cloud.Effects.Where(IsCreation).Select(effect => effect.Detail).ToList();
        Assert.Equal(created.Distinct(), created);
    }

    private static int Live(TestCloud cloud) => Created(cloud) - Deleted(cloud);

    /// <summary>Somebody else takes all machines but one.</summary>
    private static async Task<string> TakeStockAsync(TestCloud cloud)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var alibaba = cloud.Services.GetRequiredService<AlibabaCloud>();
        var (vpc, ecs) = (alibaba.Vpc("cn-hangzhou"), alibaba.Ecs("cn-hangzhou"));
        var network = await vpc.CreateVpcAsync(new CreateVpcRequest("others", "10.0.0.0/16", "others"), cancellationToken);
        var vswitch = await vpc.CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-h", "10.0.0.0/20", "others"), cancellationToken);
        var group = await ecs.CreateSecurityGroupAsync(new CreateSecurityGroupRequest("others", network, "others"), cancellationToken);
        return Assert.Single(await ecs.RunInstancesAsync(new RunInstancesRequest("image", "ecs.g7.8xlarge", group, vswitch, 1, "others"), cancellationToken));
    }

    private static Task FreeStockAsync(TestCloud cloud, string id) =>
        cloud.Services.GetRequiredService<AlibabaCloud>().Ecs("cn-hangzhou").DeleteInstancesAsync([id], force: true, "free", TestContext.Current.CancellationToken);

    private static ImmutableSortedDictionary<string, int> Percents(params (string Destination, int Percent)[] weights) =>
        weights.ToImmutableSortedDictionary(weight => weight.Destination, weight => weight.Percent, StringComparer.Ordinal);

    private static System.Text.Json.JsonElement FactOf(FleetFact fact) => Workflows.Model.Values.WorkflowJson.ToElement(fact);

    private static int Created(TestCloud cloud) => cloud.Cloud.Effects.Count(IsCreation);

    private static int Deleted(TestCloud cloud) => cloud.Cloud.Effects.Count(effect => effect.Kind == EffectKind.ResourceDelete && !effect.Detail.StartsWith("ecs:DeleteInstances", StringComparison.Ordinal));

    /// <summary>Machines aside, which come and go with their group.</summary>
    private static bool IsCreation(Simulator.Effects.Effect effect) => effect.Kind == EffectKind.ResourceCreate && !effect.Detail.StartsWith("ecs:RunInstances", StringComparison.Ordinal);

    private static Task<ProvisionUnitResult> ProvisionAsync(TestCloud cloud, FakeTask task) =>
        cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(new() { Unit = "cloud-1", Kind = UnitKind.Cloud, Hosts = 2 }, task);

    private static Task<InspectUnitResult> InspectAsync(TestCloud cloud, FakeTask task) =>
        cloud.RunAsync<InspectUnit, InspectUnitArguments, InspectUnitResult>(new() { Unit = "cloud-1" }, task);

    private static Task<ReleaseUnitResult> ReleaseAsync(TestCloud cloud, ReleaseUnitArguments arguments, FakeTask task) =>
        cloud.RunAsync<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(arguments, task);

    private static Task<ShiftTrafficResult> ShiftAsync(TestCloud cloud, ShiftTrafficArguments arguments, FakeTask task) =>
        cloud.RunAsync<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(arguments, task);
}
