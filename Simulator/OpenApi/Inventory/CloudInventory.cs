using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.OpenApi.Inventory;

/// <summary>
/// Everything that the OpenAPI has made. Whoever changes it holds the gateway's gate, so that a call sees no half of another one; endpoints and the
/// Kubernetes side read it without the gate.
/// </summary>
internal sealed class CloudInventory(SimulatedCloudOptions options, EffectsLog effects) : IAsyncDisposable
{
    /// <summary>Addresses of a switch that belong to the network: the first four and the last.</summary>
    private const int Reserved = 5;
    private const uint FirstAddress = 4;

    private static readonly string[] zoneLetters = ["h", "i", "j", "k"];

    private readonly Lock _sync = new();
    private readonly Dictionary<string, CloudItem> _items = [];
    private readonly Dictionary<string, Machine> _machines = [];
    private readonly Dictionary<string, Dictionary<(string ServerId, int Port), GroupServer>> _servers = [];
    private readonly Dictionary<string, uint> _lastAddress = [];
    private volatile CloudItem[] _shownItems = [];
    private volatile Machine[] _shownMachines = [];
    private long _version;
    private int _last;

    /// <summary>Rises with every change of what there is.</summary>
    public long Version => Interlocked.Read(ref _version);

    public DateTimeOffset Now => options.EnvironmentClock.GetUtcNow();

    public EffectsLog Effects => effects;

    /// <summary>Machines that hold stock now.</summary>
    public int Hosts => _shownMachines.Count(machine => machine is { GoneAt: null, Economical: false });

    public IReadOnlyList<string> Regions { get; } =
        [.. options.Fleet.Clusters.Select(cluster => cluster.Region).Concat(["cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-shenzhen", "cn-zhangjiakou"]).Distinct()];

    public IReadOnlyList<string> ZonesOf(string region) =>
        [.. options.Fleet.Clusters.Where(cluster => cluster.Region == region).SelectMany(cluster => cluster.Zones).Concat(zoneLetters.Select(letter => $"{region}-{letter}")).Distinct().Order(StringComparer.Ordinal)];

    public IEnumerable<CloudItem> All(string kind) => _shownItems.Where(item => item.Kind == kind && !item.IsGone(Now));

    /// <summary>What there is, as an operator wants to see it: activities and tasks are not things.</summary>
    public IEnumerable<JsonNode> List() =>
        _shownItems.Where(item => !item.IsGone(Now) && item.Kind is not (ItemKind.ScalingActivity or ItemKind.Task))
            .Select(item => new JsonObject { ["id"] = item.Id, ["type"] = item.Kind, ["name"] = item.Name, ["status"] = item.Status(Now, "creating", "ready", "changing", "deleting") })
            .Concat(Machines.Select(machine => new JsonObject { ["id"] = machine.Id, ["type"] = "i", ["name"] = machine.Name, ["status"] = machine.Status(Now) }));

    public IEnumerable<Machine> Machines => _shownMachines.Where(machine => !machine.IsGone(Now));

    public CloudItem? Find(string kind, string? id)
    {
        lock (_sync)
        {
            return id is not null && _items.TryGetValue(id, out var item) && item.Kind == kind && !item.IsGone(Now) ? item : null;
        }
    }

    /// <exception cref="ApiRefusal">404.</exception>
    public CloudItem Get(string kind, string id, string code, string what) => Find(kind, id) ?? throw new ApiRefusal(404, code, $"The specified {what} {id} does not exist.");

    public Machine? FindMachine(string id)
    {
        lock (_sync)
        {
            return _machines.TryGetValue(id, out var machine) && !machine.IsGone(Now) ? machine : null;
        }
    }

    public string NextId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-bp1s{++_last:x6}");

    /// <summary>A number of seconds between the two, the same for the same id, scaled by the cloud's delays.</summary>
    public TimeSpan Delay(double least, double most, string id) =>
        TimeSpan.FromSeconds((least + ((most - least) * StableRandom.Of(options.Seed, id, "openapi"))) * options.Delays);

    /// <summary>Makes a thing.</summary>
    /// <param name="quota">The code of its quota; null: it has none.</param>
    public CloudItem Create(ApiCall call, string kind, string name, JsonObject properties, (double Least, double Most) takes, string? quota = null, string? id = null)
    {
        if (quota is not null && All(kind).Count(item => !item.IsDeleting) >= QuotaOf(quota))
        {
            throw new ApiRefusal(403, $"QuotaExceeded.{Titled(kind)}", $"The quota {quota} of {QuotaOf(quota)} is used up.");
        }

        id ??= NextId(kind);
        var item = new CloudItem(id, kind, call.Region, name, properties, Now, Now + Delay(takes.Least, takes.Most, id));
        Keep(item);
        effects.Add(EffectKind.ResourceCreate, id, call.Find(call.Action.TokenName), $"{call.Action.Permission} {name}".TrimEnd());
        return item;
    }

    public int QuotaOf(string code) => options.Quotas.TryGetValue(code, out var quota) ? quota : ProductQuotas.Default;

    public void Keep(CloudItem item)
    {
        lock (_sync)
        {
            _items[item.Id] = item;
            _shownItems = [.. _items.Values];
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Notes a change in the effects log and shows it as under way for a while.</summary>
    public CloudItem Change(ApiCall call, CloudItem item, (double Least, double Most) takes, string what)
    {
        var changed = item with { SettledAt = Now + Delay(takes.Least, takes.Most, item.Id) };
        Keep(changed);
        effects.Add(EffectKind.ResourceUpdate, item.Id, call.Find(call.Action.TokenName), $"{call.Action.Permission} {what}".TrimEnd());
        return changed;
    }

    /// <summary>Begins the deletion; its endpoints close at once. What is being deleted already stays as it is.</summary>
    public async Task DeleteAsync(ApiCall call, CloudItem item, double seconds = 4)
    {
        if (item.IsDeleting)
        {
            return;
        }

        Keep(item with { GoneAt = Now + Delay(seconds / 2, seconds, item.Id), Http = null, Tcp = null });
        effects.Add(EffectKind.ResourceDelete, item.Id, call.Find(call.Action.TokenName), $"{call.Action.Permission} {item.Name}".TrimEnd());
        lock (_sync)
        {
            _servers.Remove(item.Id);
        }

        await CloseAsync(item);
    }

    public IReadOnlyCollection<GroupServer> ServersOf(string group)
    {
        lock (_sync)
        {
            return _servers.TryGetValue(group, out var servers) ? [.. servers.Values] : [];
        }
    }

    public void SetServer(string group, GroupServer server)
    {
        lock (_sync)
        {
            if (!_servers.TryGetValue(group, out var servers))
            {
                _servers[group] = servers = [];
            }

            servers[(server.ServerId, server.Port)] = server;
            Interlocked.Increment(ref _version);
        }
    }

    public void RemoveServer(string group, string server, int port)
    {
        lock (_sync)
        {
            if (_servers.TryGetValue(group, out var servers))
            {
                servers.Remove((server, port));
                Interlocked.Increment(ref _version);
            }
        }
    }

    /// <summary>How many more machines of the type the switch takes: what its zone has, and what it has addresses for.</summary>
    public int RoomIn(CloudItem vswitch, string type) => Math.Min(StockIn(vswitch.Text("ZoneId")!, type), AddressesIn(vswitch));

    /// <summary>Addresses of the switch that are free.</summary>
    public int AddressesIn(CloudItem vswitch) =>
        (int)Math.Clamp((1L << (32 - IPNetwork.Parse(vswitch.Text("CidrBlock")!).PrefixLength)) - Reserved - Machines.Count(machine => machine.VSwitch == vswitch.Id), 0, int.MaxValue);

    /// <summary>How many more machines of the type the zone has.</summary>
    public int StockIn(string zone, string type)
    {
        int Left(string key, Func<Machine, bool> counts) =>
            options.Stock.TryGetValue(key, out var stock) ? stock - _shownMachines.Count(machine => machine is { GoneAt: null, Economical: false } && counts(machine)) : int.MaxValue;

        var left = Math.Min(Left(zone, machine => machine.Zone == zone), Left($"{zone}/{type}", machine => machine.Zone == zone && machine.Type.Id == type));
        return Math.Max(0, Math.Min(left, options.HostStock - Hosts));
    }

    /// <summary>Rents machines, for which there is room.</summary>
    public IReadOnlyList<Machine> Rent(ApiCall? call, int count, MachineType type, CloudItem vswitch, string owner, string name, string image, string group, string? configuration = null, JsonArray? tags = null)
    {
        var made = new List<Machine>(count);
        var taken = Machines.Where(machine => machine.VSwitch == vswitch.Id).Select(machine => machine.Address).ToHashSet();
        for (var i = 0; i < count; i++)
        {
            var id = NextId("i");
            var machine = new Machine(id, vswitch.Region, vswitch.Text("ZoneId")!, type, vswitch.Text("VpcId")!, vswitch.Id, NextAddress(vswitch, taken), name, owner, image, group, Now, Now + Delay(60, 90, id))
            {
                Configuration = configuration,
                Tags = tags?.DeepClone().AsArray() ?? [],
            };
            made.Add(machine);
        }

        Keep(made);
        effects.Add(EffectKind.ResourceCreate, owner.Length > 0 ? owner : made[0].Id, call?.Find(call.Action.TokenName), $"ecs:RunInstances {count} {type.Id} in {vswitch.Text("ZoneId")}");
        return made;
    }

    public void Keep(IEnumerable<Machine> machines)
    {
        lock (_sync)
        {
            foreach (var machine in machines)
            {
                _machines[machine.Id] = machine;
            }

            _shownMachines = [.. _machines.Values];
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Gives machines back; they leave every server group at once.</summary>
    public void Release(ApiCall? call, IReadOnlyCollection<Machine> machines)
    {
        var leaving = machines.Where(machine => machine.GoneAt is null).ToList();
        if (leaving.Count == 0)
        {
            return;
        }

        Keep(leaving.Select(machine => machine with { GoneAt = Now + Delay(4, 12, machine.Id) }).ToList());
        var ids = leaving.Select(machine => machine.Id).ToHashSet();
        lock (_sync)
        {
            foreach (var servers in _servers.Values)
            {
                foreach (var key in servers.Keys.Where(key => ids.Contains(key.ServerId)).ToList())
                {
                    servers.Remove(key);
                }
            }

            Interlocked.Increment(ref _version);
        }

        effects.Add(EffectKind.ResourceDelete, leaving[0].Owner.Length > 0 ? leaving[0].Owner : leaving[0].Id, call?.Find(call.Action.TokenName), $"ecs:DeleteInstances {leaving.Count}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var item in _shownItems)
        {
            await CloseAsync(item);
        }
    }

    private static async Task CloseAsync(CloudItem item)
    {
        if (item.Http is { } http)
        {
            await http.DisposeAsync();
        }

        if (item.Tcp is { } tcp)
        {
            await tcp.DisposeAsync();
        }
    }

    /// <summary>The next free address in turn, so that one that was given back is not used again at once.</summary>
    private string NextAddress(CloudItem vswitch, HashSet<string> taken)
    {
        var network = IPNetwork.Parse(vswitch.Text("CidrBlock")!);
        var size = 1U << (32 - network.PrefixLength);
        var first = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes());
        var next = _lastAddress.GetValueOrDefault(vswitch.Id, FirstAddress - 1);
        Span<byte> bytes = stackalloc byte[4];
        string address;
        do
        {
            next = next + 1 >= size - 1 ? FirstAddress : next + 1;
            BinaryPrimitives.WriteUInt32BigEndian(bytes, first + next);
            address = new IPAddress(bytes).ToString();
        }
        while (!taken.Add(address));

        _lastAddress[vswitch.Id] = next;
        return address;
    }

    private static string Titled(string kind) => char.ToUpperInvariant(kind[0]) + kind[1..];
}
