using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Provisioning.Cli;

/// <summary>The programs that ship, on the simulated cloud, by the embedded engine and by an executable whose resources are made at the same cloud.</summary>
public sealed class BothEnginesTests
{
    private const double Speed = 600;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<UnitKind> Kinds => [.. Enum.GetValues<UnitKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_unit_comes_out_the_same(UnitKind kind)
    {
        var embedded = await BuildAsync(kind, StackEngineKind.Embedded);
        var executable = await BuildAsync(kind, StackEngineKind.Cli);

        Assert.Equal(embedded, executable);
    }

    /// <summary>What an up, a preview after it and a destroy say.</summary>
    private static async Task<string> BuildAsync(UnitKind kind, StackEngineKind engine)
    {
        using var bench = new PulumiBench();
        await using var drivers = await Drivers.StartAsync(speed: Speed, delays: 0, configure: options =>
        {
            options.Pulumi.Engine = engine;
            options.Pulumi.Executable = bench.Executable;
        });
        bench.Say(script => (script["AccessKey"], script["AccessSecret"], script["Speed"]) = (SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret, Speed));
        bench.UseCloud(drivers.Cloud.BaseAddress);
        var config = ImmutableDictionary<string, JsonNode?>.Empty;
        var request = new StackRequest(StackPrograms.For(kind), "unit-1", kind == UnitKind.Cloud ? config.Add("hosts", 2) : config.Add("cluster", Clouds.Cluster).Add("replicas", 0));

        var up = await drivers.Stacks.UpAsync(request, null, Stop);
        var preview = await drivers.Stacks.PreviewAsync(request, Stop);
        var resources = await drivers.Stacks.ResourcesAsync(Path.GetFileName(request.Program), "unit-1", Stop);
        var down = await drivers.Stacks.DestroyAsync(request, null, Stop);

        return string.Join('\n',
        [
            $"up {up.Succeeded} {Counts(up)} {string.Join("; ", up.Failures)}",
            $"outputs {string.Join(' ', up.Outputs.Keys.Order(StringComparer.Ordinal))}",
            $"again {preview.IsEmpty} {preview.Steps.Length}",
            $"holds {string.Join(' ', resources!.Value.Select(resource => resource.Name).Order(StringComparer.Ordinal))}",
            $"down {down.Succeeded} {Counts(down)} {string.Join("; ", down.Failures)}",
        ]);
    }

    private static string Counts(StackOutcome outcome) => string.Join(' ', outcome.Changes.OrderBy(change => change.Key, StringComparer.Ordinal).Select(change => $"{change.Key}={change.Value}"));
}
