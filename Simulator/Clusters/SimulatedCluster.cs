using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters;

/// <summary>One cluster: its objects by kind, what its nodes do over the night, and what its controllers make of a write.</summary>
internal sealed class SimulatedCluster : IAsyncDisposable
{
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMinutes(6);

    private readonly ConcurrentDictionary<(string Group, string Plural), ObjectTable> _tables;
    private readonly VersionCounter _versions = new();
    private readonly ConcurrentDictionary<string, NodeModel> _nodes;
    private volatile NodeModel[] _all;
    private readonly ClusterDefinition _definition;
    private readonly SimulatedCloudOptions _options;
    private readonly Func<string, DateTimeOffset, double> _loadOf;
    private readonly ConcurrentDictionary<string, (DateTimeOffset Since, (double, double, bool) Shown)> _settling = new();
    private readonly Lock _following = new();
    private SloSettings? _settings;

    public SimulatedCluster(ClusterDefinition definition, SimulatedCloudOptions options, EffectsLog effects, Balancer balancer, GeneratedLoads loads, Func<string, DateTimeOffset, double> loadOf, CancellationToken stopping)
    {
        Id = definition.Id;
        _definition = definition;
        _options = options;
        _loadOf = loadOf;
        EnvironmentClock = options.EnvironmentClock;
        Effects = effects;
        Stopping = stopping;
        var now = EnvironmentClock.GetUtcNow();
        _tables = new(ResourceKind.All.Select(kind => KeyValuePair.Create((kind.Group, kind.Plural), NewTable(kind))));
        _nodes = new ConcurrentDictionary<string, NodeModel>(definition.ListNodes().Select(node => KeyValuePair.Create(node.Name, ModelOf(definition, node, options, loadOf, now))));
        _all = [.. _nodes.Values];
        Table(ResourceKind.Node).Seed(_nodes.Values.Select(node => (new ObjectKey("", node.Name), node.ToObject(Id))));
        Table(ResourceKind.Namespace).Seed(
            new[] { "default", "kube-node-lease", "kube-public", "kube-system", "koordinator-system", BatchSlots.Namespace }.Select(name => (new ObjectKey("", name), new JsonObject())));
        Table(ResourceKind.Definition).Seed(Definitions.Seeds());
        Table(ResourceKind.DisruptionBudget).Seed([Disruptions.Seed()]);
        Table(ResourceKind.Deployment).Seed([KoordinatorSeeds.ManagerSeed(definition.Koordinator)]);
        Table(ResourceKind.DaemonSet).Seed([KoordinatorSeeds.KoordletSeed(definition.Koordinator, definition.KoordletGates)]);
        Events = new Events(this);
        Table(ResourceKind.Pod).Written = Events.PodWritten;
        Runs = new PodRuns(this, options, loads);
        Jobs = new Jobs(this);
        Disruptions = new Disruptions(this);
        Workloads = new Workloads(this, options);
        Pods = new Pods(this);
        Services = new Services(this, options);
        Quotas = new Quotas(this);
        Table(ResourceKind.ElasticQuota).Seed(Quotas.Seeds());
        Routes = new Routes(this, options, balancer);
        if (options.Fleet.GatewayCluster.Id == Id)
        {
            Routes.Seed();
        }
    }

    public string Id { get; }

    public TimeProvider EnvironmentClock { get; }

    public EffectsLog Effects { get; }

    /// <summary>Ends the watches when the cloud stops.</summary>
    public CancellationToken Stopping { get; }

    public Workloads Workloads { get; }

    public Pods Pods { get; }

    public PodRuns Runs { get; }

    public Jobs Jobs { get; }

    public Disruptions Disruptions { get; }

    public Events Events { get; }

    /// <summary>What the cluster serves at this moment: what it always does, and what definitions have added.</summary>
    public IReadOnlyList<ResourceKind> Kinds => [.. ResourceKind.All, .. _tables.Values.Select(table => table.Kind).Where(kind => !ResourceKind.All.Contains(kind)).OrderBy(kind => kind.Qualified, StringComparer.Ordinal)];

    public Services Services { get; }

    public Quotas Quotas { get; }

    public Routes Routes { get; }

    public IReadOnlyCollection<NodeModel> Nodes => _all;

    /// <summary>How often nodes were killed or revived.</summary>
    public long Deaths => Nodes.Sum(node => node.Deaths);

    public bool IsHome => _definition.Kind == ClusterKind.Online;

    /// <summary>Called before nodes are shown: whoever rents machines for the cluster brings in those that have come since, and takes out those that left.</summary>
    public Action? NodesDue { get; set; }

    public NodeModel? FindNode(string name) => _nodes.GetValueOrDefault(name);

    /// <summary>A rented machine joins. One that is there already stays as it is.</summary>
    public void AddNode(NodeDefinition node)
    {
        var model = ModelOf(_definition, node, _options, _loadOf, EnvironmentClock.GetUtcNow());
        if (_nodes.TryAdd(node.Name, model))
        {
            _all = [.. _nodes.Values];
            Table(ResourceKind.Node).Write(new ObjectKey("", node.Name), before => before ?? model.ToObject(Id));
            Workloads.PlaceWaiting();
        }
    }

    /// <summary>A machine leaves; its pods go with it and are replaced elsewhere.</summary>
    public async Task RemoveNodeAsync(string name)
    {
        Table(ResourceKind.Node).Write(new ObjectKey("", name), _ => null);
        foreach (var pod in Table(ResourceKind.Pod).Snapshot().Objects.Where(pod => pod.Parse()["spec"]?["nodeName"]?.ToString() == name))
        {
            RemovePod(pod.Key);
        }

        _settling.TryRemove(name, out _);
        _nodes.TryRemove(name, out _);
        _all = [.. _nodes.Values];
    }

    public ObjectTable Table(ResourceKind kind) => _tables[(kind.Group, kind.Plural)];

    /// <summary>Takes a pod away. False when it was not there.</summary>
    public bool RemovePod(ObjectKey key)
    {
        var write = Table(ResourceKind.Pod).Write(key, _ => null);
        PodChanged(write);
        return write.Changed;
    }

    public bool IsReady(StoredObject pod, DateTimeOffset now) =>
        Runs.Find(pod.Key) is { } run ? run.Starts <= now && !run.HasEnded(now) : Workloads.IsReady(pod, now);

    /// <summary>Lets what happens by the passing of time alone happen, before objects of a kind are shown.</summary>
    public void Advance(ResourceKind kind)
    {
        var now = EnvironmentClock.GetUtcNow();
        if (kind == ResourceKind.Pod || kind == ResourceKind.Job || kind == ResourceKind.Event || kind == ResourceKind.DisruptionBudget)
        {
            Jobs.Advance(now);
        }

        if (kind == ResourceKind.Event)
        {
            Events.ObserveNodes(now);
        }
    }

    public ObjectTable? FindTable(ClusterPath path) =>
        _tables.TryGetValue((path.Group, path.Plural), out var table) && table.Kind.Version == path.Version ? table : null;

    /// <summary>What the model says of an object at this moment; null for kinds without a status.</summary>
    public Action<Utf8JsonWriter>? StatusOf(ResourceKind kind, StoredObject stored)
    {
        var now = EnvironmentClock.GetUtcNow();
        return kind switch
        {
            _ when kind == ResourceKind.Node && FindNode(stored.Key.Name) is { } node => writer => NodeStatus.Write(writer, node, now),
            _ when kind == ResourceKind.Pod && Runs.Find(stored.Key) is { } run => writer => PodRuns.StatusOf(stored, run, now).WriteTo(writer),
            _ when kind == ResourceKind.Job => writer => Jobs.StatusOf(stored, now).WriteTo(writer),
            _ when kind == ResourceKind.DisruptionBudget => writer => Disruptions.StatusOf(stored, now).WriteTo(writer),
            _ when kind == ResourceKind.Definition => writer => Definitions.StatusOf(stored).WriteTo(writer),
            _ when kind == ResourceKind.Pod => writer => Pods.StatusOf(stored, now).WriteTo(writer),
            _ when kind == ResourceKind.Deployment && stored.Key == KoordinatorSeeds.Manager => writer => KoordinatorSeeds.StatusOfManager().WriteTo(writer),
            _ when kind == ResourceKind.DaemonSet => writer => KoordinatorSeeds.StatusOfDaemonSet(Nodes.Count).WriteTo(writer),
            _ when kind == ResourceKind.Deployment => writer => Workloads.StatusOf(stored, now).WriteTo(writer),
            _ when kind == ResourceKind.Service => writer => Services.StatusOf(stored, now).WriteTo(writer),
            _ when kind == ResourceKind.ElasticQuota && Quotas.StatusOf(stored.Key, now) is { } used => writer => used.WriteTo(writer),
            _ when kind == ResourceKind.Gateway => writer => Routes.StatusOfGateway(stored).WriteTo(writer),
            _ when kind == ResourceKind.HttpRoute => writer => Routes.StatusOf(stored, now).WriteTo(writer),
            _ when kind == ResourceKind.Namespace => writer => new JsonObject { ["phase"] = "Active" }.WriteTo(writer),
            _ => null,
        };
    }

    /// <summary>What a client's write brings with it: the effect in the log, and what the cluster's controllers make of it.</summary>
    /// <param name="orphans">A deletion that leaves what belongs to the object alone.</param>
    public async Task WrittenAsync(ResourceKind kind, ObjectWrite write, CancellationToken cancellationToken, bool orphans = false)
    {
        if (!write.Changed)
        {
            return;
        }

        var key = (write.After ?? write.Before!).Key;
        if (kind == ResourceKind.Node && write is { Before: { } before, After: { } after })
        {
            NodeChanged(key.Name, before, after);
            return;
        }

        var place = key.Namespace.Length == 0 ? key.Name : $"{key.Namespace}/{key.Name}";
        var verb = write switch { { Before: null } => "create", { After: null } => "delete", _ => "update" };
        Effects.Add(kind.Effect, $"{Id}/{place}", KeyOf(write.After ?? write.Before!), kind.Effect == EffectKind.KubernetesObject ? $"{verb} {kind.Kind}" : verb);
        await ControlAsync(kind, write, cancellationToken, orphans);
    }

    private async Task ControlAsync(ResourceKind kind, ObjectWrite write, CancellationToken cancellationToken, bool orphans = false)
    {
        if (!write.Changed)
        {
            return;
        }

        var key = (write.After ?? write.Before!).Key;
        if (kind == ResourceKind.ConfigMap && key == new ObjectKey(SloSettings.Namespace, SloSettings.Name))
        {
            SettingsChanged();
        }
        else if (kind == ResourceKind.Deployment)
        {
            Workloads.Reconcile(key);
        }
        else if (kind == ResourceKind.Pod)
        {
            PodChanged(write);
        }
        else if (kind == ResourceKind.Job)
        {
            Jobs.Changed(write, orphans);
        }
        else if (kind == ResourceKind.Definition)
        {
            await DefinitionChangedAsync(write, cancellationToken);
        }
        else if (kind == ResourceKind.Service)
        {
            await Services.ChangedAsync(key, write.After, cancellationToken);
        }
        else if (kind == ResourceKind.ElasticQuota)
        {
            Quotas.Changed(key);
        }
        else if (kind == ResourceKind.HttpRoute)
        {
            // What stands there as the key of an earlier change is not the key of this one.
            var given = write.After is null ? null : KeyOf(write.After);
            Routes.Changed(write, given is not null && (write.Before is null || KeyOf(write.Before) != given) ? given : "");
        }
        else if (kind == ResourceKind.Namespace && write.After is null)
        {
            await RemoveContentsAsync(key.Name, cancellationToken);
        }
    }

    /// <summary>Lets watchers see what has changed by the passing of time alone.</summary>
    public void ShowSettling(ResourceKind kind)
    {
        Advance(kind);
        var now = EnvironmentClock.GetUtcNow();
        if (kind == ResourceKind.Pod || kind == ResourceKind.Deployment || kind == ResourceKind.Service)
        {
            Workloads.ShowDue(now);
            return;
        }

        if (kind == ResourceKind.HttpRoute)
        {
            Routes.ShowDue(now);
            return;
        }

        if (kind != ResourceKind.Node)
        {
            return;
        }

        NodesDue?.Invoke();
        foreach (var (name, entry) in _settling)
        {
            if (FindNode(name) is not { } node)
            {
                continue;
            }

            var shows = ShownBy(node, now);
            if (shows != entry.Shown && _settling.TryUpdate(name, (entry.Since, shows), entry))
            {
                Table(kind).Touch(new ObjectKey("", name));
            }
            else if (now - entry.Since > SettlesWithin)
            {
                _settling.TryRemove(KeyValuePair.Create(name, entry));
            }
        }
    }

    /// <exception cref="StatusException">404: an object of a namespace that is not there.</exception>
    public void RequireNamespace(ObjectKey key)
    {
        if (key.Namespace.Length > 0 && Table(ResourceKind.Namespace).Find(new ObjectKey("", key.Namespace)) is null)
        {
            throw StatusException.NotFound(ResourceKind.Namespace, key.Namespace);
        }
    }

    private ObjectTable NewTable(ResourceKind kind) => new(kind, _versions, EnvironmentClock, _options.WatchHistory);

    /// <summary>What the scheduler makes of a pod that a client creates: a node, or the reason why it waits.</summary>
    public void Schedule(JsonObject pod)
    {
        var spec = pod["spec"]!.AsObject();
        if (spec["nodeName"] is not null)
        {
            return;
        }

        var (node, reason) = Workloads.Choose(spec);
        if (node is null)
        {
            Annotations(pod)[Pods.UnschedulableAnnotation] = reason;
            return;
        }

        spec["nodeName"] = node;
        if (spec["restartPolicy"]?.ToString() == "Always")
        {
            Annotations(pod)[Pods.ReadyAtAnnotation] = KubeTime.Format(EnvironmentClock.GetUtcNow() + (TimeSpan.FromSeconds(20) * _options.Delays));
        }
    }

    private static JsonObject Annotations(JsonObject pod)
    {
        var metadata = pod["metadata"]!.AsObject();
        if (metadata["annotations"] is not JsonObject annotations)
        {
            metadata["annotations"] = annotations = [];
        }

        return annotations;
    }

    /// <summary>A client's pod begins to run; one that goes gives back what it used.</summary>
    private void PodChanged(ObjectWrite write)
    {
        var key = (write.After ?? write.Before!).Key;
        if (write is { Before: null, After: { } made })
        {
            var spec = made.Parse()["spec"];
            if (spec?["nodeName"] is null)
            {
                Workloads.Wait(key);
            }

            if (spec?["restartPolicy"]?.ToString() is "Never" or "OnFailure")
            {
                Runs.Start(made, EnvironmentClock.GetUtcNow());
            }
        }
        else if (write.After is null && !Runs.Forget(key))
        {
            // It ended before, and its node has what it used back already.
            return;
        }

        Workloads.PodChanged(write);
    }

    /// <summary>A new definition's kind is served from now on; a deleted one takes its objects along.</summary>
    private async Task DefinitionChangedAsync(ObjectWrite write, CancellationToken cancellationToken)
    {
        var kind = Definitions.KindOf((write.After ?? write.Before!).Key.Name, (write.After ?? write.Before!).Parse());
        if (write.After is null)
        {
            if (_tables.TryRemove((kind.Group, kind.Plural), out var gone))
            {
                foreach (var stored in gone.Snapshot().Objects)
                {
                    await ControlAsync(gone.Kind, gone.Write(stored.Key, _ => null), cancellationToken);
                }
            }
        }
        else if (_tables.TryGetValue((kind.Group, kind.Plural), out var there))
        {
            there.Redefine(kind);
        }
        else
        {
            _tables[(kind.Group, kind.Plural)] = NewTable(kind);
        }
    }

    public ValueTask DisposeAsync() => Services.DisposeAsync();

    private static NodeModel ModelOf(ClusterDefinition cluster, NodeDefinition node, SimulatedCloudOptions options, Func<string, DateTimeOffset, double> loadOf, DateTimeOffset now)
    {
        var unevenness = 0.95 + (StableRandom.Of(options.Seed, node.Name, "load") * 0.1);
        var load = new NodeLoad(
            cluster.Demand,
            node.Pool.CpuMilli,
            node.Pool.MemoryMiB,
            cluster.CpuMilli > 0 ? (double)node.Pool.CpuMilli / cluster.CpuMilli : 0,
            cluster.MemoryMiB > 0 ? (double)node.Pool.MemoryMiB / cluster.MemoryMiB : 0,
            unevenness,
            cluster.Kind == ClusterKind.Online,
            loadOf,
            cluster.KoordletGates);
        return new NodeModel(node, node.Pool.Images ?? options.Fleet.Images, load, NodeRhythm.Of(options.Seed, node.Name, options.Delays), now);
    }

    private static string? KeyOf(StoredObject stored) => stored.Parse()["metadata"]?["annotations"]?[NodeModel.KeyAnnotation]?.ToString();

    private static (double, double, bool) ShownBy(NodeModel node, DateTimeOffset now)
    {
        var reading = node.Read(now);
        return (Math.Floor(reading.BatchCpu), Math.Floor(reading.BatchMemory), reading.Ready);
    }

    private void NodeChanged(string name, StoredObject before, StoredObject after)
    {
        var from = before.Labels.GetValueOrDefault(NodeModel.StateLabel, "");
        var to = after.Labels.GetValueOrDefault(NodeModel.StateLabel, "");
        if (from != to)
        {
            Effects.Add(EffectKind.NodeLabel, $"{Id}/{name}", KeyOf(after), $"{from}→{to}");
        }

        var spec = after.Parse()["spec"];
        if (!JsonNode.DeepEquals(before.Parse()["spec"], spec))
        {
            Effects.Add(EffectKind.NodeSpec, $"{Id}/{name}", KeyOf(after), spec?.ToJsonString() ?? "");
        }

        if (FindNode(name) is { } node)
        {
            Follow(node, EnvironmentClock.GetUtcNow());
        }

        Workloads.PlaceWaiting();
    }

    private void SettingsChanged()
    {
        lock (_following)
        {
            var map = Table(ResourceKind.ConfigMap).Find(new ObjectKey(SloSettings.Namespace, SloSettings.Name));
            _settings = map is null ? null : SloSettings.TryParse(map.Parse()["data"] as JsonObject) ?? _settings;
        }

        var now = EnvironmentClock.GetUtcNow();
        foreach (var node in _nodes.Values)
        {
            Follow(node, now);
        }
    }

    /// <summary>Looks at what is stored now, not at the write that called: two writes may come here in the other order.</summary>
    private void Follow(NodeModel node, DateTimeOffset now)
    {
        lock (_following)
        {
            if (Table(ResourceKind.Node).Find(new ObjectKey("", node.Name)) is { } stored)
            {
                _settling[node.Name] = (now, ShownBy(node, now));
                node.Follow(_settings?.For(stored.Labels), now);
            }
        }
    }

    /// <summary>The deletion of a namespace is one effect; what goes with it is not logged again.</summary>
    private async Task RemoveContentsAsync(string @namespace, CancellationToken cancellationToken)
    {
        // Deployments first, or they would replace their pods.
        foreach (var kind in Kinds.Where(kind => kind.Namespaced).OrderByDescending(kind => kind == ResourceKind.Deployment))
        {
            foreach (var stored in Table(kind).Snapshot().Objects.Where(stored => stored.Key.Namespace == @namespace))
            {
                await ControlAsync(kind, Table(kind).Write(stored.Key, _ => null), cancellationToken);
            }
        }
    }
}
