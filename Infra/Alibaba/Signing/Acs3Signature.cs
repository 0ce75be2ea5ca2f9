using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Infra.Alibaba.Signing;

/// <summary>Signature version 3 of Alibaba Cloud's OpenAPI, ACS3-HMAC-SHA256. Pure: the same request and secret give the same text.</summary>
internal static class Acs3Signature
{
    public const string Algorithm = "ACS3-HMAC-SHA256";

    /// <summary>Lower-case hex of a body's SHA-256, as <c>x-acs-content-sha256</c> has it.</summary>
    public static string Hash(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));

    /// <summary>The value of the Authorization header.</summary>
    /// <param name="bodyHash">See <see cref="Hash"/>.</param>
    public static string Authorization(UnsignedRequest request, string bodyHash, string accessKeyId, string accessKeySecret)
    {
        var signed = Signed(request);
        var toSign = StringToSign(CanonicalRequest(request, bodyHash));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(accessKeySecret), Encoding.UTF8.GetBytes(toSign)));
        return $"{Algorithm} Credential={accessKeyId},SignedHeaders={string.Join(';', signed.Select(header => header.Name))},Signature={signature}";
    }

    public static string StringToSign(string canonicalRequest) => $"{Algorithm}\n{Hash(Encoding.UTF8.GetBytes(canonicalRequest))}";

    public static string CanonicalRequest(UnsignedRequest request, string bodyHash)
    {
        var signed = Signed(request);
        var query = request.Query
            .Select(pair => (Name: PercentEncoding.Encode(pair.Key), Value: PercentEncoding.Encode(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);
        var text = new StringBuilder();
        text.Append(request.Method).Append('\n').Append(request.Path).Append('\n');
        text.AppendJoin('&', query.Select(pair => $"{pair.Name}={pair.Value}")).Append('\n');
        foreach (var (name, value) in signed)
        {
            text.Append(name).Append(':').Append(value).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', signed.Select(header => header.Name)).Append('\n').Append(bodyHash).ToString();
    }

    /// <summary>Host, content type and everything that begins with <c>x-acs-</c>, in ordinal order.</summary>
    private static List<(string Name, string Value)> Signed(UnsignedRequest request) =>
    [
        .. request.Headers
            .Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.Trim()))
            .Where(header => header.Name is "host" or "content-type" || header.Name.StartsWith("x-acs-", StringComparison.Ordinal))
            .OrderBy(header => header.Name, StringComparer.Ordinal),
    ];
}
