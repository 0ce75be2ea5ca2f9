using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>The embedded engine on a simulated cloud, as one process after another has it: with other credentials, another clock, another program.</summary>
internal sealed class CloudBench : IAsyncDisposable
{
    public const string Region = "cn-hangzhou";

    private readonly string _directory = Drivers.NewDirectory();
    private readonly EnvironmentClock _environment;
    private readonly List<IDisposable> _opened = [];

    private CloudBench(SimulatedCloud cloud, EnvironmentClock environmentClock)
    {
        (Cloud, _environment) = (cloud, environmentClock);
        Alibaba = Open(Standard, TimeProvider.System);
    }

    public SimulatedCloud Cloud { get; }

    /// <summary>With the right key.</summary>
    public AlibabaCloud Alibaba { get; }

    public static Credential Standard { get; } = new(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret);

    /// <param name="speed">Of the environment clock: 600 makes a database of four minutes in less than half a second.</param>
    public static async Task<CloudBench> StartAsync(Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null, double speed = 600)
    {
        var environmentClock = EnvironmentClock.StartingNow(speed);
        return new CloudBench(await Clouds.StartAsync(environmentClock: environmentClock, with: with), environmentClock);
    }

    /// <summary>As a process that was just started has it.</summary>
    /// <param name="systemClock">The system clock by which requests are dated.</param>
    public StackEngine Engine(Credential? credential = null, TimeProvider? systemClock = null)
    {
        var fleet = new FleetInventory(Options.Create(new InfraOptions { Cloud = Cloud.BaseAddress }), _environment);
        var providers = new ProviderSet(credential is null && systemClock is null ? Alibaba : Open(credential ?? Standard, systemClock ?? TimeProvider.System), Region, fleet, _environment, TimeProvider.System);
        _opened.AddRange([providers, fleet]);
        return new StackEngine(new FolderStates(_directory, TimeProvider.System), _directory, 8, providers.Of, _environment, TimeProvider.System, ProviderSet.Check);
    }

    /// <summary>The cloud unit that ships.</summary>
    public static StackRequest Unit(string unit = "unit-1", int hosts = 3) =>
        new(StackPrograms.For(UnitKind.Cloud), unit, ImmutableDictionary<string, JsonNode?>.Empty.Add("hosts", hosts));

    /// <summary>A program of the test's own.</summary>
    public StackRequest Write(string resources, string outputs = "")
    {
        var folder = Path.Combine(_directory, "program");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "Pulumi.yaml"), $"name: test\nruntime: yaml\nresources:\n{resources}\n{(outputs.Length == 0 ? "" : "outputs:\n" + outputs)}");
        return new StackRequest(folder, "unit-1", ImmutableDictionary<string, JsonNode?>.Empty);
    }

    public Deployment State(StackRequest request)
    {
        var project = Path.GetFileName(request.Program) is "program" ? "test" : Path.GetFileName(request.Program);
        return new Checkpoint(_directory, project, request.Stack).Read(File.ReadAllText(Path.Combine(_directory, ".pulumi", "stacks", project, $"{request.Stack}.json")))!;
    }

    public async Task SpoilAsync(params object[] rules)
    {
        using var http = new HttpClient();
        using var planned = await http.PutAsJsonAsync(new Uri(Cloud.BaseAddress, "sim/faults"), new { rules }, TestContext.Current.CancellationToken);
        planned.EnsureSuccessStatusCode();
    }

    /// <summary>Things that were made, by the actions that made them; machines aside, which come with their group.</summary>
    public List<string> Made() => Details("resource-create", "ecs:RunInstances");

    /// <summary>Ids of what was made and not deleted.</summary>
    public List<string> Left() => [.. Targets("resource-create").Except(Targets("resource-delete"))];

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _opened)
        {
            one.Dispose();
        }

        await Cloud.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private AlibabaCloud Open(Credential credential, TimeProvider systemClock)
    {
        var cloud = new AlibabaCloud(
            new StaticCredentials(credential), new OpenApiOptions { Endpoints = ImmutableDictionary<string, Uri>.Empty.Add("*", Cloud.BaseAddress) }, _environment, systemClock);
        _opened.Add(cloud);
        return cloud;
    }

    private IEnumerable<string> Targets(string kind) => Cloud.Effects.Where(effect => effect.Kind == kind).Select(effect => effect.Target).Distinct();

    private List<string> Details(string kind, string but) =>
        [.. Cloud.Effects.Where(effect => effect.Kind == kind && !effect.Detail.StartsWith(but, StringComparison.Ordinal)).Select(effect => effect.Detail).Order(StringComparer.Ordinal)];
}
