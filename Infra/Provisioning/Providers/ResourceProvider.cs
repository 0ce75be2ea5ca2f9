using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Providers;

/// <summary>A provider refused or failed. <paramref name="retryable"/>: the same call later may succeed.</summary>
internal sealed class ProviderException(string code, string message, bool retryable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The provider's own code, as in <c>QuotaExceeded.Ecs</c>.</summary>
    public string Code { get; } = code;

    public bool Retryable { get; } = retryable;

    /// <summary>The resource, or one that it hangs on, is not ready for this yet, or we ask too often: it is asked again.</summary>
    public bool Busy { get; init; }

    /// <summary>It is the caller who is refused, whatever is called: it says nothing of what an earlier call has made.</summary>
    public bool Unauthorized { get; init; }
}

/// <summary>Why a resource is not ready, and will not be by waiting a little.</summary>
internal sealed record Obstacle(string Code, string Message);

/// <summary>A resource as its provider shows it.</summary>
/// <param name="Ready">False while it is still being made or changed.</param>
/// <param name="Failure">Why it will never be ready; null when it may.</param>
internal sealed record ProviderResource(string Id, bool Ready, JsonObject Outputs, string? Failure = null)
{
    /// <summary>With it, who waits gives up for now, and goes on with the same resource when it is tried again.</summary>
    public Obstacle? Obstacle { get; init; }
}

/// <summary>What makes, changes and deletes resources of some types. Inputs come in clear. Throws <see cref="ProviderException"/>.</summary>
internal abstract class ResourceProvider
{
    /// <summary>Begins a resource. The same token gives the same resource, however often it is called.</summary>
    public abstract Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken);

    /// <summary>What an interrupted creation has made; null: nothing, or <see cref="CreateAsync"/> finds it by its token.</summary>
    public virtual Task<ProviderResource?> AdoptAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken) => Task.FromResult<ProviderResource?>(null);

    /// <summary>Sets what can be set only once the resource is ready. May be called twice.</summary>
    public virtual Task CompleteAsync(string type, string id, JsonObject inputs, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Null when it is gone.</summary>
    public abstract Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken);

    /// <summary>Whether a change of this input is made in place.</summary>
    public virtual bool IsChangeable(string type, string input) => true;

    /// <param name="before">The inputs that hold now.</param>
    public abstract Task<ProviderResource> UpdateAsync(string type, string id, JsonObject before, JsonObject inputs, string clientToken, CancellationToken cancellationToken);

    /// <summary>Begins the deletion; one that is gone already is no error.</summary>
    /// <param name="inputs">Those of the state.</param>
    public abstract Task DeleteAsync(string type, string id, JsonObject inputs, string clientToken, CancellationToken cancellationToken);
}
