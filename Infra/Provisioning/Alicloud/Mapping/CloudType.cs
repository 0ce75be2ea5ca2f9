using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Mapping;

/// <summary>One resource type of Pulumi's alicloud provider, by actions of the OpenAPI. Throws <see cref="Alibaba.Calling.ApiException"/>.</summary>
internal abstract class CloudType
{
    /// <summary>As in <c>alicloud:vpc/network:Network</c>.</summary>
    public abstract string Token { get; }

    /// <summary>The inputs that are passed on. Any other is refused: what a program says is done or told not to be.</summary>
    public abstract FrozenSet<string> Inputs { get; }

    /// <summary>Those of <see cref="Inputs"/> whose change is made in place.</summary>
    public virtual FrozenSet<string> Changeable => FrozenSet<string>.Empty;

    /// <summary>Begins it, and gives its id. The same token gives the same resource, where the API takes one.</summary>
    /// <param name="name">The resource's name in its program.</param>
    /// <exception cref="HalfMadeException">It is there, and what belongs to it was refused.</exception>
    public abstract Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken);

    /// <summary>What can be set only once it is in service. May be done twice.</summary>
    public virtual Task CompleteAsync(CloudApi api, string id, JsonObject inputs, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What a creation with this token has made, when its answer was lost; null: nothing.</summary>
    public abstract Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken);

    /// <summary>Null when it is gone; so is an answer of the kind NotFound.</summary>
    public abstract Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken);

    /// <summary>Brings about what the inputs say; may be done twice.</summary>
    /// <param name="before">The inputs that hold now.</param>
    public virtual Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins its deletion.</summary>
    /// <param name="inputs">Those of the state.</param>
    public abstract Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken);
}

/// <summary>A creation of several calls was refused after the first: the resource has an id and is not as it should be.</summary>
internal sealed class HalfMadeException(string id, string message, Exception inner) : Exception(message, inner)
{
    public string Id { get; } = id;
}
