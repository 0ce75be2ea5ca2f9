using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Http;

/// <summary>A secret of the installation's settings that requests may carry.</summary>
public sealed record RequestSecret
{
    /// <summary>The secret itself.</summary>
    public string Value { get; init; } = "";

    /// <summary>The only host that it is sent to.</summary>
    public string Host { get; init; } = "";
}

/// <summary>Secrets by name: a runbook writes <c>{secret:name}</c>, and the value is put in when the request is sent, to its own host alone. So it stands in no journal.</summary>
public sealed partial class RequestSecrets(IReadOnlyDictionary<string, RequestSecret> secrets)
{
    /// <summary>Whether a text names a secret.</summary>
    public static bool Names(string text) => Placeholder().IsMatch(text);

    /// <summary>The text with its secrets.</summary>
    /// <exception cref="WebhookRefusedException">There is no such secret, or it is for another host.</exception>
    public string Fill(string text, Uri address) => Placeholder().Replace(text, match =>
    {
        var name = match.Groups["name"].Value;
        return secrets.TryGetValue(name, out var secret)
            ? string.Equals(secret.Host, address.Host, StringComparison.OrdinalIgnoreCase)
                ? secret.Value
                : throw new WebhookRefusedException($"the secret '{name}' is for {secret.Host}, and this request goes to {address.Host}")
            : throw new WebhookRefusedException($"there is no secret '{name}' in Infra:Secrets; it has {(secrets.Count == 0 ? "none" : string.Join(", ", secrets.Keys.Order()))}");
    });

    /// <summary>The text with every secret's value masked, however it came there.</summary>
    public string Hide(string text) => secrets.Values.Where(secret => secret.Value.Length > 0)
        .Aggregate(text, (shown, secret) => shown.Replace(secret.Value, Masking.Mask, StringComparison.Ordinal));

    [GeneratedRegex(@"\{secret:(?<name>[\w.-]+)\}")]
    private static partial Regex Placeholder();
}
