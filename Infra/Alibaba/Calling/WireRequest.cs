using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>A call as it goes onto the wire. Each try has a nonce and a date of its own, so each is built anew.</summary>
internal sealed record WireRequest(UnsignedRequest Head, ImmutableArray<byte> Body, string? Authorization)
{
    private const string JsonType = "application/json; charset=utf-8";
    private const string FormType = "application/x-www-form-urlencoded";

    /// <param name="host">With the port, unless it is the scheme's own.</param>
    /// <param name="credential">Null: anonymous.</param>
    public static WireRequest Of(ApiRequest request, string host, Credential? credential, string nonce, DateTimeOffset at)
    {
        var operation = request.Operation;
        var roa = operation.Path is not null;
        var query = request.Parameters;
        var body = Array.Empty<byte>();
        string? type = null;
        if (request.Body is not null)
        {
            body = Encoding.UTF8.GetBytes(request.Body.ToJsonString());
            type = JsonType;
        }
        else if (!operation.InBody.IsEmpty)
        {
            query = new JsonObject(request.Parameters.Where(pair => !operation.InBody.Contains(pair.Key)).Select(Copy));
            var form = PercentEncoding.Join(Flattening.Of(new JsonObject(request.Parameters.Where(pair => operation.InBody.Contains(pair.Key)).Select(Copy))));
            body = Encoding.UTF8.GetBytes(form);
            type = body.Length > 0 ? FormType : null;
        }

        var hash = Acs3Signature.Hash(body);
        var headers = new List<KeyValuePair<string, string>>
        {
            new("host", host),
            new("x-acs-action", operation.Action),
            new("x-acs-version", operation.Product.Version),
            new("x-acs-date", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
            new("x-acs-signature-nonce", nonce),
            new("x-acs-content-sha256", hash),
        };
        if (type is not null)
        {
            headers.Add(new("content-type", type));
        }

        if (credential?.SecurityToken is { } token)
        {
            headers.Add(new("x-acs-accesskey-id", credential.AccessKeyId));
            headers.Add(new("x-acs-security-token", token));
        }

        var head = new UnsignedRequest(operation.Method.Method, roa ? PathOf(request) : "/", [.. Flattening.Of(query)], [.. headers]);
        return new WireRequest(head, [.. body], credential is null ? null : Acs3Signature.Authorization(head, hash, credential.AccessKeyId, credential.AccessKeySecret));
    }

    /// <summary>For <see cref="HttpClient"/>; .NET leaves an encoded path and query as they are, which the signature depends on.</summary>
    public HttpRequestMessage ToMessage(Uri endpoint)
    {
        var query = Head.Query.IsEmpty ? "" : "?" + PercentEncoding.Join(Head.Query);
        var address = new Uri(
            endpoint.GetLeftPart(UriPartial.Authority) + Head.Path + query, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(Head.Method), address);
        if (Body.Length > 0 || Head.Method is "POST" or "PUT")
        {
            message.Content = new ByteArrayContent([.. Body]);
        }

        foreach (var (name, value) in Head.Headers)
        {
            if (name == "content-type")
            {
                message.Content!.Headers.TryAddWithoutValidation(name, value);
            }
            else
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        message.Headers.TryAddWithoutValidation("accept", "application/json");
        if (Authorization is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", Authorization);
        }

        return message;
    }

    private static string PathOf(ApiRequest request)
    {
        var path = request.Operation.Path!;
        foreach (var (name, value) in request.PathValues)
        {
            path = path.Replace($"{{{name}}}", PercentEncoding.Encode(value), StringComparison.Ordinal);
        }

        return path.Contains('{', StringComparison.Ordinal) || path.Contains("//", StringComparison.Ordinal) || path.EndsWith('/')
            ? throw new ArgumentException($"{request.Operation}: {path} lacks a value", nameof(request))
            : path;
    }

    private static KeyValuePair<string, JsonNode?> Copy(KeyValuePair<string, JsonNode?> pair) => new(pair.Key, pair.Value?.DeepClone());
}
