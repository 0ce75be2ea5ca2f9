using System.Collections.Immutable;
using k8s;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Release;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Traffic;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Tests;

/// <summary>What stands when a step of a ramp breaks, when somebody else changes the weights, and after an undo.</summary>
public sealed class TrafficHoldTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_step_of_a_ramp_that_the_gateway_does_not_take_leaves_the_last_good_weights()
    {
        await using var cloud = await TestCloud.OpenAsync(delays: 1);
        await AUnitAsync(cloud, "u-1");
        await AUnitAsync(cloud, "ghost", service: false);
        // So small a share that the ghost gets traffic in the last step only.
        var arguments = Ramp(("u-1", 40), ("ghost", 1), ("home", 59));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, arguments, cloud.ATask("traffic")));
        var held = await ReadAsync(cloud);
        await ServiceAsync(cloud, "ghost");
        var done = await ShiftAsync(cloud, arguments, cloud.ATask("traffic", attempt: 2));

        Assert.Equal(("no-such-backend", true), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("BackendNotFound", failure.Message, StringComparison.Ordinal);
        Assert.Contains("The traffic is held at the last good weights, home 70 %, u-1 30 %, read back from HTTPRoute trading/trading", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("home 70 %, u-1 30 %", true), held);
        Assert.Equal((40, 1), (done.Weights["u-1"], done.Weights["ghost"]));
        Assert.Equal([10, 20, 30, 40], cloud.Journal.Facts.OfType<TrafficShifted>().Select(shifted => shifted.Weights.GetValueOrDefault("u-1")));
    }

    /// <summary>The gateway is gone, so that nothing can be brought into force any more, the way back neither.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Weights_that_cannot_be_put_back_either_are_said_to_be_unknown()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await AUnitAsync(cloud, "u-1");
        using var client = Client(cloud);
        var task = new FakeTask(cloud.Journal, cloud.Clock, "traffic")
        {
            OnProgress = message =>
            {
                if (message.Contains("u-1 20 %", StringComparison.Ordinal)) Patch(client, """{"spec":{"parentRefs":[{"name":"absent"}]}}""");
            },
        };

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, Ramp(("u-1", 40), ("home", 60)), task));

        Assert.Equal(("traffic-not-observed", true), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("The last good weights, home 80 %, u-1 20 %, could not be put back either", failure.Message, StringComparison.Ordinal);
        Assert.Contains("what is, is not known", failure.Message, StringComparison.Ordinal);
        Assert.False((await ReadAsync(cloud)).InForce);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ramp_does_not_overwrite_what_somebody_else_has_set_on_its_way()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await AUnitAsync(cloud, "u-1");
        using var client = Client(cloud);
        var task = new FakeTask(cloud.Journal, cloud.Clock, "traffic")
        {
            OnProgress = message =>
            {
                if (message.Contains("u-1 20 %", StringComparison.Ordinal)) Patch(client, """{"spec":{"rules":[{"backendRefs":[{"name":"home","port":80,"weight":1}]}]}}""");
            },
        };

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, Ramp(("u-1", 40), ("home", 60)), task));

        Assert.Equal(("weights-differ", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("step 3 of 4 found home 100 % where the step before had set home 80 %, u-1 20 %", failure.Message, StringComparison.Ordinal);
        Assert.Equal("home 100 %", (await ReadAsync(cloud)).Weights);
    }

    /// <summary>Killed between writing and waiting; the next attempt finds its own weights, refused.</summary>
    [Fact(Timeout = 60_000)]
    public async Task An_attempt_that_finds_refused_weights_puts_back_those_of_the_journal()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await AUnitAsync(cloud, "u-1");
        await AUnitAsync(cloud, "ghost", service: false);
        await ShiftAsync(cloud, At(("u-1", 20), ("home", 80)), cloud.ATask("first"));
        var (from, to) = (Of(("u-1", 20), ("home", 80)), Of(("u-1", 20), ("ghost", 30), ("home", 50)));
        await cloud.Services.GetRequiredService<ITrafficRouter>().SwitchAsync(new TrafficChange(from, to, "killed"), Stop);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, At(("u-1", 20), ("ghost", 30), ("home", 50)), cloud.ATask("second", attempt: 2)));

        Assert.Contains("held at the last good weights, home 80 %, u-1 20 %", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("home 80 %, u-1 20 %", true), await ReadAsync(cloud));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_undo_restores_the_weights_from_before_its_step_and_reads_them_back()
    {
        await using var cloud = await TestCloud.OpenAsync(delays: 1);
        await AUnitAsync(cloud, "u-1");
        await ShiftAsync(cloud, At(("u-1", 30), ("home", 70)), cloud.ATask("first"));
        await ShiftAsync(cloud, Ramp(("u-1", 60), ("home", 40)), cloud.ATask("second"));

        var second = await ShiftAsync(cloud, new() { Restore = true }, Undo(cloud, "second"));
        var afterSecond = await ReadAsync(cloud);
        var first = await ShiftAsync(cloud, new() { Restore = true }, Undo(cloud, "first"));

        Assert.Equal((30, 60), (second.Weights["u-1"], second.Before["u-1"]));
        Assert.Equal(("home 70 %, u-1 30 %", true), afterSecond);
        Assert.Equal("100", $"{first.Weights["home"]}");
        Assert.Equal(("home 100 %", true), await ReadAsync(cloud));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_undo_of_a_ramp_that_broke_half_way_goes_back_to_where_it_began()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await AUnitAsync(cloud, "u-1");
        await Assert.ThrowsAsync<OperationCanceledException>(() => ShiftAsync(cloud, Ramp(("u-1", 40), ("home", 60)), new FakeTask(cloud.Journal, cloud.Clock, "traffic") { KilledAt = 3 }));

        await ShiftAsync(cloud, new() { Restore = true }, Undo(cloud, "traffic"));

        Assert.Equal(("home 100 %", true), await ReadAsync(cloud));
    }

    [Fact(Timeout = 60_000)]
    public async Task Restoring_is_for_an_undo()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, new() { Restore = true }, cloud.ATask("traffic")));

        Assert.Equal(("bad-argument", false), (failure.Error.Code, failure.Error.Retryable));
    }

    /// <summary>The weight is 0 in the route, and no gateway has taken it: the buyers may still be there.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_unit_is_not_torn_down_before_its_traffic_is_known_to_be_gone()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await AUnitAsync(cloud, "u-1");
        using var client = Client(cloud);
        Patch(client, """{"spec":{"parentRefs":[{"name":"absent"}]}}""");

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            cloud.RunAsync<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(new() { Unit = "u-1" }, cloud.ATask("release")));

        Assert.Equal("traffic-not-observed", failure.Error.Code);
        Assert.DoesNotContain(cloud.Journal.Facts, fact => fact is UnitReleasing);
        Assert.DoesNotContain(cloud.Cloud.Effects, effect => effect.Kind == EffectKind.ResourceDelete);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_route_that_is_gone_is_told_with_what_to_do()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = Client(cloud);
        await client.CustomObjects.DeleteNamespacedCustomObjectAsync("gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading", cancellationToken: Stop);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ShiftAsync(cloud, At(("home", 100)), cloud.ATask("traffic")));

        Assert.Equal(("no-such-route", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("Infra:Traffic:Cluster", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<(string Weights, bool InForce)> ReadAsync(TestCloud cloud)
    {
        var read = await cloud.Services.GetRequiredService<ITrafficRouter>().ReadAsync(Stop);
        return (Weights.Show(read.ByDestination), read.InForce);
    }

    private static FakeTask Undo(TestCloud cloud, string path) => new(cloud.Journal, cloud.Clock, path) { TakesBack = true };

    private static ShiftTrafficArguments At(params (string Destination, int Percent)[] weights) => new() { Weights = Of(weights).ToImmutableSortedDictionary(StringComparer.Ordinal) };

    private static ShiftTrafficArguments Ramp(params (string Destination, int Percent)[] weights) => At(weights) with { Ramp = new() { Steps = 4, Every = TimeSpan.FromSeconds(30) } };

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);

    /// <summary>A unit that the journal has as inspected, with a service that the gateway finds.</summary>
    private static async Task AUnitAsync(TestCloud cloud, string unit, bool service = true)
    {
        var (task, at) = (cloud.ATask($"build-{unit}"), cloud.Clock.GetUtcNow());
        await task.RecordAsync("planned", WorkflowJson.ToElement<FleetFact>(new UnitPlanned(unit, UnitKind.Cloud, null, 1, 1000, 1) { At = at }), Stop);
        await task.RecordAsync("provisioned", WorkflowJson.ToElement<FleetFact>(new UnitProvisioned(unit, ["http://127.0.0.1:9/"]) { At = at }), Stop);
        await task.RecordAsync("inspected", WorkflowJson.ToElement<FleetFact>(new UnitInspected(unit, true, 1, []) { At = at }), Stop);
        if (service) await ServiceAsync(cloud, unit);
    }

    private static async Task ServiceAsync(TestCloud cloud, string unit)
    {
        using var client = Client(cloud);
        await client.CoreV1.CreateNamespacedServiceAsync(
            new V1Service { Metadata = new V1ObjectMeta { Name = unit }, Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Port = 80 }] } }, "trading", cancellationToken: Stop);
    }

    private static k8s.Kubernetes Client(TestCloud cloud) => new(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress(SmallFleet.Definition.GatewayCluster.Id).ToString() });

    /// <summary>Somebody else's hand, while the activity runs.</summary>
    private static void Patch(k8s.Kubernetes client, string patch) => client.CustomObjects.PatchNamespacedCustomObjectAsync(
        new V1Patch(patch, V1Patch.PatchType.MergePatch), "gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading", cancellationToken: Stop).GetAwaiter().GetResult();

    private static Task<ShiftTrafficResult> ShiftAsync(TestCloud cloud, ShiftTrafficArguments arguments, FakeTask task) =>
        cloud.RunAsync<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(arguments, task);
}
