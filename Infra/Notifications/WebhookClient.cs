using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Notifications;

/// <summary>Posts JSON to people's tools.</summary>
public sealed class WebhookClient
{
    /// <summary>
    /// Posts with header <c>Idempotency-Key</c>, again after timeouts, throttling and server errors. Returns the final status code.
    /// Throws <see cref="HttpRequestException"/> when the receiver cannot be reached or refuses.
    /// </summary>
    public Task<int> PostAsync(Uri address, JsonNode payload, string idempotencyKey, CancellationToken cancellationToken) => throw new NotImplementedException();
}
