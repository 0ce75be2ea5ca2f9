using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Providers;

/// <summary>A provider refused or failed. <paramref name="retryable"/>: the same call later may succeed.</summary>
internal sealed class ProviderException(string code, string message, bool retryable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The provider's own code, as in <c>QuotaExceeded.Ecs</c>.</summary>
    public string Code { get; } = code;

    public bool Retryable { get; } = retryable;
}

/// <summary>A resource as its provider shows it.</summary>
/// <param name="Ready">False while it is still being made or changed.</param>
/// <param name="Failure">Why it will never be ready; null when it may.</param>
internal sealed record ProviderResource(string Id, bool Ready, JsonObject Outputs, string? Failure = null);

/// <summary>What makes, changes and deletes resources of some types. Inputs come in clear. Throws <see cref="ProviderException"/>.</summary>
internal abstract class ResourceProvider
{
    /// <summary>Begins a resource. The same token gives the same resource, however often it is called.</summary>
    public abstract Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken);

    /// <summary>Null when it is gone.</summary>
    public abstract Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken);

    /// <param name="removed">Names of inputs that the old resource had and the new one has not.</param>
    public abstract Task<ProviderResource> UpdateAsync(string type, string id, JsonObject inputs, IReadOnlyCollection<string> removed, string clientToken, CancellationToken cancellationToken);

    /// <summary>Begins the deletion; one that is gone already is no error.</summary>
    public abstract Task DeleteAsync(string type, string id, string clientToken, CancellationToken cancellationToken);
}
