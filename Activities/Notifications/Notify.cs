using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Notifications;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Notifications;

/// <summary>Tells people's tools what happened. A repetition carries the same <c>Idempotency-Key</c>, so the receiver can drop it.</summary>
internal sealed class Notify(WebhookClient webhooks) : IActivity<NotifyArguments, NotifyResult>
{
    public async Task<NotifyResult> ExecuteAsync(NotifyArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        if (arguments.Url.Length == 0)
        {
            return new NotifyResult { Sent = false };
        }

        if (!Uri.TryCreate(arguments.Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new ActivityFailedException(
                "bad-address", $"'{Masking.Text(arguments.Url)}' is not a webhook's address; give one that begins with http:// or https://", retryable: false);
        }

        var payload = new JsonObject
        {
            ["run"] = context.Run.ToString(),
            ["step"] = context.Path.ToString(),
            ["at"] = context.Clock.GetUtcNow().ToString("O"),
            ["level"] = arguments.Level.ToString().ToLowerInvariant(),
            ["message"] = arguments.Message,
            ["detail"] = arguments.Detail is { } detail ? JsonNode.Parse(detail.GetRawText()) : null,
        };
        try
        {
            return new NotifyResult { Sent = true, Status = await webhooks.PostAsync(address, payload, context.IdempotencyKey, cancellationToken) };
        }
        catch (WebhookRefusedException exception)
        {
            throw new ActivityFailedException("bad-address", $"{exception.Message}; or skip the step.", retryable: false, inner: exception);
        }
        catch (HttpRequestException exception)
        {
            throw new ActivityFailedException(
                "not-notified", $"{Masking.Server(address)} did not take the notification: {exception.Message}. Check the address, or skip the step.", inner: exception);
        }
    }
}
