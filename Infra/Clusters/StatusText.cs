using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Clusters;

/// <summary>Reads the Kubernetes Status of an answer that failed.</summary>
internal static partial class StatusText
{
    /// <summary>The message of a Status, or the whole text.</summary>
    public static string Message(string? content) => Parse(content)?["message"]?.ToString() is { Length: > 0 } message ? message : content ?? "";

    public static JsonObject? Parse(string? content)
    {
        try
        {
            return string.IsNullOrEmpty(content) ? null : JsonNode.Parse(content) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Who of the admission refused, and why; null when the answer is no denial.</summary>
    public static (string By, string Reason)? Denial(string? content)
    {
        var message = Message(content);
        if (Webhook().Match(message) is { Success: true } webhook)
        {
            var reason = webhook.Groups["reason"].Value.Trim();
            return ($"webhook \"{webhook.Groups["name"].Value}\"", reason.Length > 0 ? reason : "no reason given");
        }

        return Policy().Match(message) is { Success: true } policy ? ($"admission policy \"{policy.Groups["name"].Value}\"", policy.Groups["reason"].Value.Trim()) : null;
    }

    /// <summary>The webhook that the API server could not ask; null when the answer says something else.</summary>
    public static string? SilentWebhook(string? content) => Failing().Match(Message(content)) is { Success: true } failing ? failing.Groups["name"].Value : null;

    [GeneratedRegex("""admission webhook "(?<name>[^"]+)" denied the request(?: without explanation)?:?(?<reason>.*)""", RegexOptions.Singleline)]
    private static partial Regex Webhook();

    [GeneratedRegex("""ValidatingAdmissionPolicy '(?<name>[^']+)' with binding '[^']+' denied request:(?<reason>.*)""", RegexOptions.Singleline)]
    private static partial Regex Policy();

    [GeneratedRegex("""failed calling webhook "(?<name>[^"]+)":""")]
    private static partial Regex Failing();
}
