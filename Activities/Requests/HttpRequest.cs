using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Notifications;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Requests;

/// <summary>
/// Sends one HTTP request, with the step's idempotency key; the step's own retry sends it again. Literal secrets are refused: arguments stand in the
/// journal. What the answer holds of secrets is masked before it gets there.
/// </summary>
internal sealed class HttpRequest(RequestClient client) : IActivity<HttpRequestArguments, HttpRequestResult>
{
    private const int MostOfAnError = 500;

    public async Task<HttpRequestResult> ExecuteAsync(HttpRequestArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var address = Check(arguments);
        var where = $"{arguments.Method} {Masking.Server(address)}{address.AbsolutePath}";
        var (body, mediaType) = BodyOf(arguments);
        using var late = new CancellationTokenSource(arguments.Timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            var answer = await client.SendAsync(new HttpMethod(arguments.Method), address, arguments.Headers, body, mediaType, context.IdempotencyKey, either.Token);
            var good = arguments.Expect.IsDefaultOrEmpty ? answer.Status is >= 200 and < 300 : arguments.Expect.Contains(answer.Status);
            return good ? Result(answer) : throw Unexpected(where, answer);
        }
        catch (WebhookRefusedException exception)
        {
            throw new ActivityFailedException("bad-address", $"{where}: {exception.Message}.", retryable: false, exception);
        }
        catch (HttpRequestException exception)
        {
            throw new ActivityFailedException("no-answer", $"{where}: {exception.Message}. Check the address and the way to it, then try again.", inner: exception);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ActivityFailedException("no-answer", $"{where} gave no answer within {arguments.Timeout}. What it has done is not known; trying again sends the same idempotency key.");
        }
    }

    private static Uri Check(HttpRequestArguments arguments)
    {
        if (!Uri.TryCreate(arguments.Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw Bad($"url: '{Masking.Text(arguments.Url)}' is no address that begins with http:// or https://");
        }

        if (Masking.Text(arguments.Url) != arguments.Url)
        {
            throw Bad($"url: '{Masking.Text(arguments.Url)}' carries a secret, which would stand in the journal; send it in a header as {{secret:name}}, after a name in Infra:Secrets");
        }

        foreach (var (name, value) in arguments.Headers)
        {
            if (Masking.IsSecretName(name) && !RequestSecrets.Names(value))
            {
                throw Bad($"headers.{name}: its value is a secret, which would stand in the journal; put it into Infra:Secrets and write {{secret:name}}");
            }

            if (name.Length == 0 || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_')) || value.Any(char.IsControl))
            {
                throw Bad($"headers: '{name}' is no header, or its value has control characters");
            }
        }

        if (arguments.Body is { } body && JsonNode.Parse(body.GetRawText()) is { } content && LiteralSecret(content) is { } secret)
        {
            throw Bad($"body: the value of '{secret}' is a secret, which would stand in the journal; put it into Infra:Secrets and write {{secret:name}}");
        }

        return address;
    }

    private static string? LiteralSecret(JsonNode? node) => node switch
    {
        JsonObject map => map.Select(field => field.Value is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 && Masking.IsSecretName(field.Key) && !RequestSecrets.Names(text) ? field.Key : LiteralSecret(field.Value)).FirstOrDefault(found => found is not null),
        JsonArray list => list.Select(LiteralSecret).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static (string? Body, string MediaType) BodyOf(HttpRequestArguments arguments)
    {
        var given = arguments.Headers.FirstOrDefault(header => string.Equals(header.Key, "Content-Type", StringComparison.OrdinalIgnoreCase)).Value;
        var type = given is not null && MediaTypeHeaderValue.TryParse(given, out var parsed) ? parsed.MediaType : null;
        return arguments.Body switch
        {
            null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => (null, ""),
            { ValueKind: JsonValueKind.String } text => (text.GetString(), type ?? "text/plain"),
            { } json => (json.GetRawText(), type ?? "application/json"),
        };
    }

    private HttpRequestResult Result(RequestAnswer answer)
    {
        var text = client.Hide(answer.Body);
        if (!answer.Truncated && answer.ContentType is { } type && (type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)))
        {
            try
            {
                var json = JsonNode.Parse(text);
                Mask(json);
                return new HttpRequestResult { Status = answer.Status, ContentType = type, Json = json is null ? null : JsonDocument.Parse(json.ToJsonString()).RootElement.Clone() };
            }
            catch (JsonException)
            {
                // It says it is JSON and is none: the text tells.
            }
        }

        return new HttpRequestResult { Status = answer.Status, ContentType = answer.ContentType, Text = Masking.Text(text), Truncated = answer.Truncated };
    }

    private static void Mask(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map.ToList())
                {
                    if (value is JsonValue plain && plain.TryGetValue<string>(out var text))
                    {
                        map[name] = text.Length > 0 && Masking.IsSecretName(name) ? Masking.Mask : Masking.Text(text);
                    }
                    else
                    {
                        Mask(value);
                    }
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Mask(item);
                }

                break;
        }
    }

    private ActivityFailedException Unexpected(string where, RequestAnswer answer)
    {
        var said = Masking.Text(client.Hide(answer.Body)).Trim();
        var moved = answer.Location is { } location ? $", and points to {Masking.Text(location)}: redirections are not followed, so give that address" : "";
        return new ActivityFailedException(
            "unexpected-status",
            $"{where} answers {answer.Status}{moved}{(said.Length == 0 ? "." : $": {(said.Length <= MostOfAnError ? said : said[..MostOfAnError] + "…")}")}",
            retryable: answer.Status is 408 or 425 or 429 or >= 500);
    }

    private static ActivityFailedException Bad(string message) => new("bad-argument", message, retryable: false);
}
