using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Simulator.Effects;

namespace Orchestrator.Infra.Simulator.Clusters;

/// <summary>One cluster: its objects by kind, and what its nodes do over the night.</summary>
internal sealed class SimulatedCluster
{
    private readonly FrozenDictionary<(string Group, string Plural), ObjectTable> _tables;
    private readonly FrozenDictionary<string, NodeModel> _nodes;

    public SimulatedCluster(ClusterDefinition definition, TimeProvider night, EffectsLog effects, int watchHistory)
    {
        Id = definition.Id;
        Night = night;
        Effects = effects;
        var versions = new VersionCounter();
        _tables = ResourceKind.All.ToFrozenDictionary(kind => (kind.Group, kind.Plural), kind => new ObjectTable(kind, versions, night, watchHistory));
        _nodes = definition.ListNodes().Select(node => new NodeModel(node)).ToFrozenDictionary(node => node.Name);
        Table(ResourceKind.Node).Seed(_nodes.Values.Select(node => (new ObjectKey("", node.Name), node.ToObject(Id))));
        Table(ResourceKind.Namespace).Seed(
            new[] { "default", "kube-system", "koordinator-system" }.Select(name => (new ObjectKey("", name), new JsonObject { ["status"] = new JsonObject { ["phase"] = "Active" } })));
    }

    public string Id { get; }

    public TimeProvider Night { get; }

    public EffectsLog Effects { get; }

    public IReadOnlyCollection<NodeModel> Nodes => _nodes.Values;

    public NodeModel Node(string name) => _nodes[name];

    public ObjectTable Table(ResourceKind kind) => _tables[(kind.Group, kind.Plural)];

    /// <summary>Ends the watches when the cloud stops.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>What the model says of an object at this moment; null for kinds whose status is stored, or that have none.</summary>
    public Action<Utf8JsonWriter>? StatusOf(ResourceKind kind, StoredObject stored)
    {
        var now = Night.GetUtcNow();
        return kind == ResourceKind.Node && _nodes.TryGetValue(stored.Key.Name, out var node) ? writer => node.WriteStatus(writer, now) : null;
    }

    /// <summary>What a client's write brings with it: the effect in the log, and what the cluster's controllers make of it.</summary>
    public void Written(ResourceKind kind, ObjectWrite write)
    {
        if (!write.Changed)
        {
            return;
        }

        var key = (write.After ?? write.Before!).Key;
        var body = (write.After ?? write.Before!).Parse();
        var idempotencyKey = body["metadata"]?["annotations"]?[NodeModel.KeyAnnotation]?.ToString();
        var verb = write switch { { Before: null } => "create", { After: null } => "delete", _ => "update" };
        var place = key.Namespace.Length == 0 ? key.Name : $"{key.Namespace}/{key.Name}";
        if (kind == ResourceKind.Node && write is { Before: { } before, After: { } after })
        {
            var from = before.Labels.GetValueOrDefault(NodeModel.StateLabel, "");
            var to = after.Labels.GetValueOrDefault(NodeModel.StateLabel, "");
            if (from != to)
            {
                Effects.Add(EffectKind.NodeLabel, $"{Id}/{key.Name}", idempotencyKey, $"{from}→{to}");
            }

            if (!JsonNode.DeepEquals(before.Parse()["spec"], body["spec"]))
            {
                Effects.Add(EffectKind.NodeSpec, $"{Id}/{key.Name}", idempotencyKey, body["spec"]?.ToJsonString() ?? "");
            }

            return;
        }

        Effects.Add(kind.Effect, $"{Id}/{place}", idempotencyKey, kind.Effect == EffectKind.KubernetesObject ? $"{verb} {kind.Kind}" : verb);
    }

    /// <summary>Lets watchers see the statuses that have changed by the passing of time.</summary>
    public void ShowSettling(ResourceKind kind) => _ = (kind, Id);

    /// <exception cref="StatusException">404: an object of a namespace that is not there.</exception>
    public void RequireNamespace(ObjectKey key)
    {
        if (key.Namespace.Length > 0 && Table(ResourceKind.Namespace).Find(new ObjectKey("", key.Namespace)) is null)
        {
            throw StatusException.NotFound(ResourceKind.Namespace, key.Namespace);
        }
    }

    public ObjectTable? FindTable(ClusterPath path) =>
        _tables.TryGetValue((path.Group, path.Plural), out var table) && table.Kind.Version == path.Version ? table : null;
}
