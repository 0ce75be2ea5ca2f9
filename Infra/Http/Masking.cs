using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Http;

/// <summary>Takes secrets out of what people are shown: addresses carry passwords and tokens.</summary>
public static partial class Masking
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Mask = "***";

    /// <summary>
    /// The text with <c>user:password@</c> of addresses, the values of query parameters whose names sound secret (token, key, sign,
    /// secret, password and their like), and the secret parts of well-known webhooks' paths masked.
    /// </summary>
    public static string Text(string text) => !text.Contains("://", StringComparison.Ordinal) ? text
        : HookPath().Replace(Query().Replace(UserInfo().Replace(text, Mask + "@"), "$1" + Mask), "$1" + Mask);

    /// <summary>Where an address leads, for a message: scheme, host and port.</summary>
    public static string Server(Uri address) => address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    /// <summary>Whether a property of this name holds a secret, as <c>password</c>, <c>apiKey</c> or <c>Authorization</c>.</summary>
    public static bool IsSecretName(string name)
    {
        var plain = string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        // Alibaba's ClientToken is an idempotency key.
        return plain is not ("clienttoken" or "clienttokens") && Array.Exists(secretNames, secret => plain.EndsWith(secret, StringComparison.Ordinal) || plain.EndsWith(secret + "s", StringComparison.Ordinal));
    }

    private static readonly string[] secretNames =
        ["password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "accesskeysecret", "privatekey", "secretkey", "authorization", "credential", "cookie"];

    [GeneratedRegex(@"(?<=\b[a-z][a-z0-9+.\-]*://)[^/?#\s""'<>]*@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"([?&;][^=&;#\s""']*(?:token|secret|passw|pwd|key|sign|sig|auth|credential|cookie|session|code)[^=&;#\s""']*=)[^&;#\s""'<>]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Query();

    [GeneratedRegex(@"(://hooks\.slack\.com/(?:services|triggers|workflows)/|/open-apis/bot/(?:v\d+/)?hook/)[^?#\s""'<>]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HookPath();
}
