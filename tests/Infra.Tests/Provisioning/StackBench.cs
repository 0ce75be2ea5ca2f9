using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>An engine over a fake cloud, with a program that tests write.</summary>
internal sealed class StackBench : IDisposable
{
    private readonly string _directory = Drivers.NewDirectory();

    public string Directory => _directory;

    public FakeProvider Provider { get; } = new();

    public string StateFile => Path.Combine(_directory, ".pulumi", "stacks", "test", "unit-1.json");

    public string StateText => File.ReadAllText(StateFile);

    /// <summary>As a process that was just started has it.</summary>
    /// <param name="states">Where the states are; null: in files.</param>
    /// <param name="passphraseIn">A folder with a passphrase of its own; null: the bench's.</param>
    public StackEngine Engine(int parallel = 4, IStackStates? states = null, string? passphraseIn = null) =>
        new(states ?? new FolderStates(_directory, TimeProvider.System), passphraseIn ?? _directory, parallel, (_, _) => Provider, EnvironmentClock.StartingNow(speed: 1000), TimeProvider.System);

    public StackRequest Write(string resources, string outputs = "", string config = "")
    {
        var text = $"name: test\nruntime: yaml\n{config}resources:\n{resources}{(outputs.Length == 0 ? "" : "outputs:\n" + outputs)}";
        File.WriteAllText(Path.Combine(_directory, "Pulumi.yaml"), text);
        return new StackRequest(_directory, "unit-1", ImmutableDictionary<string, JsonNode?>.Empty);
    }

    public Deployment State() => new Checkpoint(_directory, "test", "unit-1").Read(StateText)!;

    /// <summary>A network resource, whose inputs may refer to others.</summary>
    public static string Network(string name, string value = "10.0.0.0/8", params string[] dependsOn) =>
        $"  {name}:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: {value}\n"
        + (dependsOn.Length == 0 ? "" : $"    options:\n      dependsOn: [{string.Join(", ", dependsOn.Select(other => "\"${" + other + "}\""))}]\n");

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);
}
