using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>The cloud's own code in a provider's message, which is a text only.</summary>
internal static partial class ProviderErrors
{
    /// <summary>As <c>OperationDenied.NoStock</c>, <c>Throttling.User</c>, <c>timeout</c>, <c>protected</c>; <c>provider</c> where the message has none.</summary>
    public static string CodeOf(string message) => Code().Match(message) is { Success: true } match ? match.Groups[1].Value
        : message.Contains("protected", StringComparison.Ordinal) && message.Contains("unprotect", StringComparison.Ordinal) ? "protected"
        : Timeout().IsMatch(message) ? "timeout"
        : "provider";

    /// <summary>The same call later may succeed: throttled, busy, sold out, out of reach or out of time.</summary>
    public static bool IsRetryable(string code, string message) => code != "protected" && (code == "timeout" || Passing().IsMatch(code) || (code == "provider" && Passing().IsMatch(message)));

    [GeneratedRegex(@"\b(?:ErrorCode|Error Code|Code)\s*[:=]\s*""?([A-Z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*)""?", RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    [GeneratedRegex(@"timed? ?out|timeout while waiting|deadline exceeded", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Timeout();

    [GeneratedRegex(
        @"Throttling|ServiceUnavailable|InternalError|OperationConflict|IncorrectStatus|InvalidStatus|TaskConflict|NoStock|SystemBusy|DependencyViolation|LastTokenProcessing|connection (refused|reset)|no such host|i/o timeout|unexpected EOF|TLS handshake",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Passing();
}
