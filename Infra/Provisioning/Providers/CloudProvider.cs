using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Provisioning.Providers;

/// <summary>Resources of <c>alicloud:*</c> types over the provider API. The client's handler retries throttling and server errors.</summary>
internal sealed class CloudProvider(HttpClient http) : ResourceProvider
{
    public override async Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["type"] = type, ["name"] = name, ["inputs"] = inputs.DeepClone(), ["clientToken"] = clientToken };
        var answer = await SendAsync(HttpMethod.Post, "provider/resources", body, cancellationToken);
        return Resource(answer ?? throw new ProviderException("NotFound", "the provider API is not there", retryable: true));
    }

    public override async Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, Address(id), null, cancellationToken);
        return answer is null || Text(answer, "status") == "deleted" ? null : Resource(answer);
    }

    public override async Task<ProviderResource> UpdateAsync(string type, string id, JsonObject inputs, IReadOnlyCollection<string> removed, string clientToken, CancellationToken cancellationToken)
    {
        var wanted = inputs.DeepClone().AsObject();
        foreach (var name in removed)
        {
            wanted[name] = null;
        }

        var body = new JsonObject { ["inputs"] = wanted, ["clientToken"] = clientToken };
        return Resource(await SendAsync(HttpMethod.Patch, Address(id), body, cancellationToken)
            ?? throw new ProviderException("NotFound", $"{type} {id} is gone; refresh the stack", retryable: false));
    }

    public override Task DeleteAsync(string type, string id, string clientToken, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, $"{Address(id)}?clientToken={Uri.EscapeDataString(clientToken)}", null, cancellationToken);

    private static string Address(string id) => $"provider/resources/{Uri.EscapeDataString(id)}";

    /// <summary>Null for 404.</summary>
    private async Task<JsonObject?> SendAsync(HttpMethod method, string address, JsonObject? body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, address);
            request.Content = body is null ? null : JsonContent.Create(body);
            using var response = await http.SendAsync(request, cancellationToken);
            var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            var answer = content.Length == 0 ? [] : JsonNode.Parse(content) as JsonObject;
            return response.IsSuccessStatusCode ? answer : throw Refused(response.StatusCode, answer);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            throw new ProviderException("unreachable", e.Message, retryable: true, e);
        }
        catch (JsonException e)
        {
            throw new ProviderException("answer", $"the provider API answered no JSON: {e.Message}", retryable: true, e);
        }
    }

    private static ProviderException Refused(HttpStatusCode status, JsonObject? answer)
    {
        var code = answer is null ? null : Text(answer, "code");
        var message = answer is null ? null : Text(answer, "message");
        return new ProviderException(code ?? $"http-{(int)status}", message ?? $"the provider API answered {(int)status}", Backoff.IsTransient(status) || status == HttpStatusCode.Conflict);
    }

    private static ProviderResource Resource(JsonObject answer)
    {
        var status = Text(answer, "status");
        var outputs = answer["outputs"]?.DeepClone() as JsonObject ?? [];
        if (Text(outputs, "dnsName") is { } host && outputs["port"] is { } port)
        {
            // Simulated load balancers share one address and have a port of their own, which programs for the real cloud know nothing of.
            outputs["dnsName"] = $"{host}:{port}";
        }

        return new ProviderResource(
            Text(answer, "id") ?? throw new ProviderException("answer", "the provider API named no id", retryable: true),
            status is "ready",
            outputs,
            status == "failed" ? Text(answer, "message") ?? "the provider could not make it" : null);
    }

    private static string? Text(JsonObject answer, string name) => answer[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
