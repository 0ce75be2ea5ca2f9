using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Inspection;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Probes;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Tests.Simulator;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>The programs that ship, built on the simulated cloud and taken down again.</summary>
public sealed class UnitProgramTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cloud_unit_is_built_answers_grows_and_goes()
    {
        await using var drivers = await Drivers.StartAsync();
        var request = new StackRequest(StackPrograms.For(UnitKind.Cloud), "unit-1", ImmutableDictionary<string, JsonNode?>.Empty.Add("hosts", 3));

        var built = await drivers.Stacks.UpAsync(request, null, Stop);

        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        Assert.True(built.Elapsed >= TimeSpan.FromMinutes(3), $"the cloud's own delays are longer than {built.Elapsed}");
        var verdict = await InspectAsync(built);
        Assert.True(verdict.Ready, string.Join("; ", verdict.Lines));
        Assert.Equal(3, verdict.Checks);

        // What the cloud writes otherwise than the program is no drift.
        await drivers.Stacks.RefreshAsync(request, null, Stop);
        var unchanged = await drivers.Stacks.PreviewAsync(request, Stop);
        Assert.True(unchanged.IsEmpty, string.Join("; ", unchanged.Steps.Where(step => step.Operation != "same")));

        var grown = await drivers.Stacks.UpAsync(request with { Config = request.Config.SetItem("hosts", 5) }, null, Stop);
        Assert.Equal(1, grown.Changes["update"]);

        var gone = await drivers.Stacks.DestroyAsync(request, null, Stop);
        Assert.True(gone.Succeeded, string.Join("; ", gone.Failures));
        Assert.Equal(11, Targets("resource-create").Count);
        Assert.Equal(Targets("resource-create"), Targets("resource-delete"));
        Assert.False((await InspectAsync(built)).Ready);

        // A group is what its machines are rented and given back for.
        List<string> Targets(string kind) => [.. drivers.Cloud.Effects.Where(effect => effect.Kind == kind).Select(effect => effect.Target).Distinct().Order()];
    }

    [Fact]
    public async Task A_big_data_unit_is_built_on_lent_nodes_and_goes()
    {
        await using var drivers = await Drivers.StartAsync();
        await drivers.Cluster.ApplyProfilesAsync(SloControllerConfig.Render(Drivers.Profiles), "profiles", Stop);
        var lease = await drivers.Cluster.TakeLeaseAsync(1, "run", Stop);
        await drivers.Cluster.LabelAsync([.. Enumerable.Range(0, 4).Select(Clouds.Node)], ColocationState.Transitional, lease, "lend", null, Stop);
        var request = new StackRequest(
            StackPrograms.For(UnitKind.BigData), "unit-b", ImmutableDictionary<string, JsonNode?>.Empty.Add("cluster", Clouds.Cluster).Add("replicas", 2));

        var built = await drivers.Stacks.UpAsync(request, null, Stop);

        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        Assert.Equal(2, built.Outputs["replicas"]!.GetValue<int>());
        var verdict = await InspectAsync(built);
        Assert.True(verdict.Ready, string.Join("; ", verdict.Lines));
        Assert.Equal(4, (await drivers.Stacks.UpAsync(request, null, Stop)).Changes["same"] - 1);

        var gone = await drivers.Stacks.DestroyAsync(request, null, Stop);
        Assert.True(gone.Succeeded, string.Join("; ", gone.Failures));
        Assert.False((await InspectAsync(built)).Ready);
    }

    [Fact]
    public async Task An_unknown_cluster_is_a_failure_that_no_retry_mends()
    {
        await using var drivers = await Drivers.StartAsync();
        var request = new StackRequest(StackPrograms.For(UnitKind.BigData), "unit-x", ImmutableDictionary<string, JsonNode?>.Empty.Add("cluster", "nowhere"));

        var outcome = await drivers.Stacks.UpAsync(request, null, Stop);

        var failure = Assert.Single(outcome.Failures);
        Assert.Equal(("cluster", false), (failure.Code, failure.Retryable));
    }

    private static async Task<Verdict> InspectAsync(StackOutcome unit)
    {
        using var probes = new ProbeRunner(TimeProvider.System);
        var targets = unit.Outputs.Values
            .Select(value => value is JsonValue text && text.TryGetValue<string>(out var address) && Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri : null)
            .OfType<Uri>()
            .Select(ProbeTarget (uri) => uri.Scheme == "http" ? new HttpTarget($"{uri}", new Uri(uri, "/healthz")) : new TcpTarget($"{uri}", uri.Host, uri.Port));
        return Verdict.Of(await probes.RunAsync([.. targets], new ProbeOptions { Deadline = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(2) }, Stop));
    }
}
