using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>
/// The server's side of signature version 3. It goes the other way than a signer: it takes the list of signed headers and the target as
/// they came, and holds them against what must be signed. Dates count on the system clock, as at the real cloud.
/// </summary>
internal sealed class SignatureCheck(AccessKeys keys, TimeProvider systemClock)
{
    private const string Algorithm = "ACS3-HMAC-SHA256";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _nonces = [];

    /// <exception cref="ApiRefusal">It is not signed, or wrongly.</exception>
    public AccessKey Check(HttpContext context, byte[] body)
    {
        var request = context.Request;
        var (id, signedNames, signature) = Parse(request.Headers.Authorization.ToString());
        var at = CheckDate(request);
        var key = keys.Find(id) ?? throw new ApiRefusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
        CheckToken(request, key);
        CheckCoverage(request, signedNames);
        var digest = Hex(SHA256.HashData(body));
        if (!string.Equals(request.Headers["x-acs-content-sha256"], digest, StringComparison.Ordinal))
        {
            throw Mismatch("x-acs-content-sha256 is not the body's");
        }

        var toSign = Algorithm + "\n" + Hex(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(context, signedNames, digest))));
        using var mac = new HMACSHA256(Encoding.UTF8.GetBytes(key.Secret));
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hex(mac.ComputeHash(Encoding.UTF8.GetBytes(toSign)))), Encoding.ASCII.GetBytes(signature)))
        {
            throw Mismatch("the request signature does not conform to the standard");
        }

        UseNonce(request, id, at);
        return key;
    }

    private static (string Id, string[] Signed, string Signature) Parse(string header)
    {
        if (header.Length == 0)
        {
            throw new ApiRefusal(400, "IncompleteSignature", "The request has no Authorization header.");
        }

        var parts = header.StartsWith(Algorithm + " ", StringComparison.Ordinal)
            ? header[(Algorithm.Length + 1)..].Split(',').Select(part => part.Trim().Split('=', 2)).Where(part => part.Length == 2).ToLookup(part => part[0], part => part[1])
            : throw new ApiRefusal(400, "IncompleteSignature", $"The signature algorithm is not {Algorithm}.");
        string Part(string name) => parts[name].FirstOrDefault() is { Length: > 0 } value ? value : throw new ApiRefusal(400, "IncompleteSignature", $"The Authorization header has no {name}.");
        return (Part("Credential"), Part("SignedHeaders").Split(';'), Part("Signature"));
    }

    private DateTimeOffset CheckDate(HttpRequest request)
    {
        if (!DateTimeOffset.TryParseExact(
                request.Headers["x-acs-date"], "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
        {
            throw new ApiRefusal(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
        }

        return (systemClock.GetUtcNow() - at).Duration() <= Tolerance ? at : throw new ApiRefusal(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
    }

    private void CheckToken(HttpRequest request, AccessKey key)
    {
        var token = request.Headers["x-acs-security-token"].ToString();
        if (key.Token is null ? token.Length > 0 : token != key.Token)
        {
            throw new ApiRefusal(400, "InvalidSecurityToken.Malformed", "The specified parameter SecurityToken is malformed or does not belong to the access key.");
        }

        if (key.ExpiresAt <= systemClock.GetUtcNow())
        {
            throw new ApiRefusal(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.");
        }
    }

    private static void CheckCoverage(HttpRequest request, string[] signed)
    {
        var must = request.Headers.Keys.Select(name => name.ToLowerInvariant()).Where(name => name.StartsWith("x-acs-", StringComparison.Ordinal) || name == "host" || (name == "content-type" && request.Headers.ContentType.Count > 0));
        if (must.FirstOrDefault(name => !signed.Contains(name)) is { } open)
        {
            throw Mismatch($"the header {open} is not signed");
        }

        foreach (var needed in new[] { "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256" })
        {
            if (request.Headers[needed].Count == 0)
            {
                throw ApiRefusal.Missing(needed);
            }
        }

        if (!signed.SequenceEqual(signed.Order(StringComparer.Ordinal)))
        {
            throw Mismatch("the signed headers are not in order");
        }
    }

    private static string Canonical(HttpContext context, string[] signed, string digest)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var cut = target.IndexOf('?', StringComparison.Ordinal);
        var path = cut < 0 ? target : target[..cut];
        var pairs = (cut < 0 ? "" : target[(cut + 1)..]).Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: Again(pair[0]), Value: pair.Length > 1 ? Again(pair[1]) : ""))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal);
        var lines = new StringBuilder();
        lines.Append(context.Request.Method).Append('\n').Append(path).Append('\n').AppendJoin('&', pairs.Select(pair => pair.Name + "=" + pair.Value)).Append('\n');
        foreach (var name in signed)
        {
            lines.Append(name).Append(':').Append(context.Request.Headers[name].ToString().Trim()).Append('\n');
        }

        return lines.Append('\n').AppendJoin(';', signed).Append('\n').Append(digest).ToString();
    }

    /// <summary>What came, decoded and encoded once more by the rule: an encoding that breaks the rule gives another signature.</summary>
    private static string Again(string encoded)
    {
        var text = new StringBuilder();
        foreach (var unit in Encoding.UTF8.GetBytes(Uri.UnescapeDataString(encoded)))
        {
            if (char.IsAsciiLetterOrDigit((char)unit) || unit is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~')
            {
                text.Append((char)unit);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
            }
        }

        return text.ToString();
    }

    private void UseNonce(HttpRequest request, string id, DateTimeOffset at)
    {
        var nonce = $"{id} {request.Headers["x-acs-signature-nonce"]}";
        lock (_gate)
        {
            if (_nonces.Count > 20_000)
            {
                var old = systemClock.GetUtcNow() - Tolerance;
                foreach (var forgotten in _nonces.Where(pair => pair.Value < old).Select(pair => pair.Key).ToList())
                {
                    _nonces.Remove(forgotten);
                }
            }

            if (!_nonces.TryAdd(nonce, at))
            {
                throw new ApiRefusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
            }
        }
    }

    private static ApiRefusal Mismatch(string reason) => new(400, "SignatureDoesNotMatch", $"Specified signature is not matched with our calculation: {reason}.");

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
}
