using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Provider;

/// <summary>Keeps the cloud's resources. Every change takes a client token: the same token again changes nothing.</summary>
internal sealed partial class ResourceProvider(SimulatedCloudOptions options, EffectsLog effects) : IAsyncDisposable
{
    private static readonly TimeSpan MachineStart = TimeSpan.FromSeconds(75);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, CloudResource> _resources = [];
    private readonly Dictionary<string, (string Id, string Request)> _created = [];
    private readonly HashSet<string> _changed = [];
    private volatile CloudResource[] _all = [];
    private int _last;

    public DateTimeOffset Now => options.Night.GetUtcNow();

    /// <summary>Machines that hold stock.</summary>
    public int Hosts => List().Where(resource => resource.GoneAt is null).Sum(resource => resource.Hosts);

    /// <summary>Machines that others rent of the same stock.</summary>
    public Func<int> HostsElsewhere { get; set; } = () => 0;

    public IReadOnlyList<CloudResource> List() => [.. _all.Where(resource => !resource.IsGone(Now))];

    /// <exception cref="ProviderException">404.</exception>
    public CloudResource Get(string id) =>
        Find(id) ?? throw new ProviderException(404, "InvalidResource.NotFound", $"there is no resource {id}");

    /// <summary>What that token created, also while it is being deleted; null when it created nothing or it is gone.</summary>
    public CloudResource? FindByToken(string clientToken) => List().FirstOrDefault(resource => resource.ClientToken == clientToken);

    /// <returns>The resource, and whether this call created it.</returns>
    /// <exception cref="ProviderException">400 for what is missing or unknown, 403 for quota and stock.</exception>
    public async Task<(CloudResource Resource, bool Created)> CreateAsync(string token, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var request = $"{token} {name} {inputs.ToJsonString()}";
            if (_created.TryGetValue(clientToken, out var before))
            {
                return before.Request == request
                    ? (_resources[before.Id], false)
                    : throw new ProviderException(400, "IdempotentParameterMismatch", "the client token was used with other parameters");
            }

            var type = ResourceType.All.GetValueOrDefault(token)
                ?? throw new ProviderException(400, "InvalidResourceType.NotFound", $"there is no resource type {token}");
            Validate(type, inputs);
            var id = string.Create(CultureInfo.InvariantCulture, $"{type.IdPrefix}-sim{++_last:x6}");
            var takes = (type.Least + ((type.Most - type.Least) * StableRandom.Of(options.Seed, id, clientToken))) * options.Delays;
            var resource = new CloudResource(id, type, name, inputs, clientToken, Now, Now + takes);
            resource = resource with
            {
                Http = type.Endpoint == EndpointKind.Http ? await HttpEndpoint.StartAsync(() => UnitHealths.Of(this, id), cancellationToken) : null,
                Tcp = type.Endpoint switch
                {
                    EndpointKind.Database => new TcpEndpoint("SIMULATED DATABASE READY\r\n", () => Find(id)?.IsReady(Now) ?? false),
                    EndpointKind.Cache => new TcpEndpoint(greeting: null, () => Find(id)?.IsReady(Now) ?? false),
                    _ => null,
                },
            };
            Keep(resource);
            _created[clientToken] = (id, request);
            effects.Add(EffectKind.ResourceCreate, id, clientToken, $"{token} {name}");
            return (resource, true);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sets the given inputs, the others stay.</summary>
    /// <exception cref="ProviderException">404, 409 while it is being created or deleted, 400, 403.</exception>
    public async Task<CloudResource> UpdateAsync(string id, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var resource = Get(id);
            if (_changed.Contains(clientToken))
            {
                return resource;
            }

            if (!resource.IsReady(Now))
            {
                throw new ProviderException(409, "InvalidStatus", $"{id} is {resource.Status(Now)}");
            }

            var wanted = resource.Inputs.DeepClone().AsObject();
            foreach (var (key, value) in inputs)
            {
                wanted[key] = value?.DeepClone();
            }

            _changed.Add(clientToken);
            if (JsonNode.DeepEquals(wanted, resource.Inputs))
            {
                return resource;
            }

            Validate(resource.Type, wanted, resource);
            var grows = resource.Type.HostsOf(wanted) > resource.Hosts;
            var takes = (grows ? MachineStart : resource.Type.Least / 4) * options.Delays;
            var updated = resource with { Inputs = wanted, ReadyAt = Now + takes, HostsBefore = resource.Hosts };
            Keep(updated);
            effects.Add(EffectKind.ResourceUpdate, id, clientToken, string.Join(", ", inputs.Select(pair => pair.Key)));
            return updated;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes its endpoint at once; the resource is gone a little later. Deleting what is being deleted changes nothing.</summary>
    /// <exception cref="ProviderException">404 when it is gone already, 409 while others need it.</exception>
    public async Task<CloudResource> DeleteAsync(string id, string? clientToken, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var resource = Get(id);
            if (resource.GoneAt is not null)
            {
                return resource;
            }

            if (List().FirstOrDefault(other => other.Id != id && other.GoneAt is null && other.RefersTo(id)) is { } user)
            {
                throw new ProviderException(409, "DependencyViolation", $"{id} is used by {user.Id}");
            }

            var takes = TimeSpan.FromSeconds((2 + (StableRandom.Of(options.Seed, id, "delete") * 10)) * options.Delays);
            var deleted = resource with { GoneAt = Now + takes };
            Keep(deleted);
            effects.Add(EffectKind.ResourceDelete, id, clientToken, $"{resource.Type.Token} {resource.Name}");
            await CloseAsync(resource);
            return deleted;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var resource in _all)
        {
            await CloseAsync(resource);
        }

        _gate.Dispose();
    }

    private static async Task CloseAsync(CloudResource resource)
    {
        if (resource is { Http: { } http })
        {
            await http.DisposeAsync();
        }

        if (resource is { Tcp: { } tcp })
        {
            await tcp.DisposeAsync();
        }
    }

    private CloudResource? Find(string id) => _all.FirstOrDefault(resource => resource.Id == id && !resource.IsGone(Now));

    private void Keep(CloudResource resource)
    {
        _resources[resource.Id] = resource;
        _all = [.. _resources.Values];
    }

    private void Validate(ResourceType type, JsonObject inputs, CloudResource? before = null)
    {
        if (type.Required.FirstOrDefault(name => inputs[name] is null) is { } missing)
        {
            throw new ProviderException(400, "MissingParameter", $"{type.Token} needs '{missing}'");
        }

        if (CloudResource.TextsIn(inputs).FirstOrDefault(text => IdShape().IsMatch(text) && (Find(text) is null or { GoneAt: not null })) is { } unknown)
        {
            throw new ProviderException(400, "InvalidParameter.NotFound", $"{type.Token} refers to {unknown}, which does not exist");
        }

        var live = List().Where(resource => resource.GoneAt is null).ToList();
        if (before is null && live.Count(resource => resource.Type == type) >= type.Quota)
        {
            throw new ProviderException(403, "QuotaExceeded", $"there are {type.Quota} of {type.Token} already");
        }

        var hosts = HostsElsewhere() + live.Where(resource => resource.Id != before?.Id).Sum(resource => resource.Type.HostsOf(resource.Inputs));
        if (type.HostsOf(inputs) is > 0 and var wanted && hosts + wanted > options.HostStock)
        {
            throw new ProviderException(403, "OperationDenied.NoStock", $"{wanted} machines are asked for and {Math.Max(0, options.HostStock - hosts)} are in stock");
        }
    }

    [GeneratedRegex("^[a-z]+-sim[0-9a-f]{6,}$")]
    private static partial Regex IdShape();
}
