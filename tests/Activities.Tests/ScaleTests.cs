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
using Orchestrator.Infra.Alibaba;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class ScaleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_unit_grows_and_the_ledger_counts_the_hosts_from_before_they_are_asked_for()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);

        var scaled = await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 5 });

        Assert.Equal((2, 5), (scaled.Before, scaled.Hosts));
        Assert.Equal(5, (await HostsAsync(cloud)).Length);
        var holding = Assert.Single(Ledger.Of(cloud.Journal.Facts).Units);
        Assert.Equal([2, 5], holding.Held.Select(count => count.Hosts));
        Assert.Equal(5, holding.Hosts);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(RemovalOrder.Newest)]
    [InlineData(RemovalOrder.Oldest)]
    public async Task Hosts_that_go_lose_new_requests_first_and_are_removed_by_name(RemovalOrder order)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud, hosts: 4);
        var before = await HostsAsync(cloud);

        var scaled = await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 1, Remove = order, Drain = TimeSpan.FromSeconds(10) });

        var expected = order == RemovalOrder.Newest ? before[1..] : before[..3];
        Assert.Equal(expected.Order(), scaled.Removed.Order());
        Assert.Equal(before.Except(expected), await HostsAsync(cloud));
        Assert.Equal(1, Ledger.Of(cloud.Journal.Facts).Units[0].Hosts);
        // What the stack's state says and what there is are one: another step changes nothing.
        var again = await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 1 }, "again");
        Assert.Empty(again.Removed);
        Assert.Equal(before.Except(expected), await HostsAsync(cloud));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_killed_shrinking_goes_on_and_removes_nobody_else(int fact)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud, hosts: 4);
        var before = await HostsAsync(cloud);
        var arguments = new ScaleUnitArguments { Unit = "cloud-1", Hosts = 2, Drain = TimeSpan.FromSeconds(10) };

        await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(cloud, arguments, new FakeTask(cloud.Journal, cloud.Clock, "scale") { KilledAt = fact }));
        await RunAsync(cloud, arguments, cloud.ATask("scale", attempt: 2));

        Assert.Equal(before[..2], await HostsAsync(cloud));
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_hosts_a_unit_keeps_its_data_and_takes_no_traffic_until_it_is_inspected_again()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await InspectAsync(cloud, "inspect");
        await ShiftAsync(cloud, 30);

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 0, Drain = TimeSpan.Zero }));
        var scaled = await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 0, Drain = TimeSpan.Zero, SendTrafficHome = true }, "down");

        Assert.Equal("unit-takes-traffic", refused.Error.Code);
        Assert.Equal(0, scaled.Hosts);
        Assert.Empty(await HostsAsync(cloud));
        Assert.DoesNotContain(cloud.Cloud.Effects, effect => effect.Kind == EffectKind.ResourceDelete && !effect.Detail.StartsWith("ecs:", StringComparison.Ordinal));
        var unit = Fleet.Views.FleetView.Of(cloud.Journal.Facts).Units["cloud-1"];
        Assert.Equal((UnitPhase.Provisioned, false, 0), (unit.Phase, unit.Inspected, unit.Hosts));
        Assert.Empty(unit.IllegalChanges);
        var early = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, 30, "too-early"));
        Assert.Equal("invariant-broken", early.Error.Code);

        await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 2 }, "up");
        await InspectAsync(cloud, "inspect-again");
        await ShiftAsync(cloud, 30, "traffic-again");
        Assert.Equal(2, (await HostsAsync(cloud)).Length);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("nobody", "no-such-unit")]
    [InlineData("cloud-1", "no-such-unit")]
    public async Task A_unit_that_does_not_stand_is_not_scaled(string unit, string code)
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await cloud.RunAsync<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(new() { Unit = "cloud-1" }, cloud.ATask("release"));
        var effects = cloud.Cloud.Effects.Count;

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ScaleAsync(cloud, new() { Unit = unit, Hosts = 3 }));

        Assert.Equal((code, false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Equal(effects, cloud.Cloud.Effects.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_unit_that_its_cluster_cannot_carry_is_refused_before_anything_is_built()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await cloud.RunAsync<Survey.SurveyFleet, Survey.SurveyFleetArguments, Survey.SurveyFleetResult>(new(), cloud.ATask("survey"));

        // Six nodes of 96 cores; 1,000 replicas of 4.
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(
            new() { Unit = "big", Kind = UnitKind.BigData, Cluster = "lend", Hosts = 1000 }, cloud.ATask("build")));

        Assert.Equal(("no-capacity", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("lend promises", failure.Message, StringComparison.Ordinal);
        Assert.Empty(cloud.Journal.Facts.OfType<UnitPlanned>());
        Assert.Empty(cloud.Cloud.Effects);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_cooldown_is_waited_for()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await ProvisionAsync(cloud);
        await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 3 }, "first");
        await ScaleAsync(cloud, new() { Unit = "cloud-1", Hosts = 4, Cooldown = TimeSpan.FromMinutes(5) }, "second");

        var scaled = cloud.Journal.Facts.OfType<UnitScaled>().Where(fact => fact.Hosts is 3 or 4).DistinctBy(fact => fact.Hosts).ToArray();
        Assert.True(scaled[1].At - scaled[0].At >= TimeSpan.FromMinutes(5));
    }

    private static Task<ScaleUnitResult> ScaleAsync(TestCloud cloud, ScaleUnitArguments arguments, string path = "scale") => RunAsync(cloud, arguments, cloud.ATask(path));

    private static Task<ScaleUnitResult> RunAsync(TestCloud cloud, ScaleUnitArguments arguments, TaskContext task) =>
        cloud.RunAsync<ScaleUnit, ScaleUnitArguments, ScaleUnitResult>(arguments, task);

    private static Task<ProvisionUnitResult> ProvisionAsync(TestCloud cloud, int hosts = 2) =>
        cloud.RunAsync<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(new() { Unit = "cloud-1", Kind = UnitKind.Cloud, Hosts = hosts }, cloud.ATask("build"));

    private static Task<InspectUnitResult> InspectAsync(TestCloud cloud, string path) =>
        cloud.RunAsync<InspectUnit, InspectUnitArguments, InspectUnitResult>(new() { Unit = "cloud-1" }, cloud.ATask(path));

    private static Task<ShiftTrafficResult> ShiftAsync(TestCloud cloud, int percent, string path = "traffic") =>
        cloud.RunAsync<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(new() { Spread = [new() { Units = ["cloud-1"], Percent = percent }] }, cloud.ATask(path));

    /// <summary>Ids of the unit's machines, the oldest first.</summary>
    private static async Task<ImmutableArray<string>> HostsAsync(TestCloud cloud)
    {
        var ess = cloud.Services.GetRequiredService<AlibabaCloud>().Ess("cn-hangzhou");
        var found = ImmutableArray.CreateBuilder<string>();
        await foreach (var group in ess.ListScalingGroupsAsync(Cancel))
        {
            await foreach (var instance in ess.ListInstancesAsync(group.ScalingGroupId, Cancel)) found.Add(instance.InstanceId);
        }

        return found.ToImmutable();
    }
}
