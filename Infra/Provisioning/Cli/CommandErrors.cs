using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>What an exit code and the texts with it mean. The executable has no codes for most errors, so known texts are looked for.</summary>
internal static partial class CommandErrors
{
    private const int Configuration = 2;
    private const int Authentication = 3;
    private const int StackNotFound = 6;
    private const int Cancelled = 8;

    /// <summary>There is no such stack.</summary>
    public static bool IsMissing(CommandResult result) => result.ExitCode == StackNotFound || result.Errors.Contains("no stack named", StringComparison.Ordinal);

    public static bool IsThere(CommandResult result) => result.ExitCode != 0 && result.Errors.Contains("already exists", StringComparison.Ordinal);

    /// <summary>Those who hold the stack, of the error that says so; empty: nobody does.</summary>
    public static ImmutableArray<StackHolder> HoldersIn(string errors) =>
    [
        .. Holder().Matches(errors).Select(match => new StackHolder(
            match.Groups["user"].Value,
            match.Groups["host"].Value,
            int.TryParse(match.Groups["pid"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null,
            DateTimeOffset.TryParse(match.Groups["at"].ValueSpan, CultureInfo.InvariantCulture, out var at) ? at : null,
            $"created by {match.Groups["user"].Value}@{match.Groups["host"].Value} (pid {match.Groups["pid"].Value}) at {match.Groups["at"].Value}")),
    ];

    /// <summary>The error of a command that failed before it, or without that, a resource failed.</summary>
    /// <param name="what">What was done, as in <c>up of cloud-unit/unit-1</c>.</param>
    /// <param name="told">Errors that came as events, of which the texts hold the same or less.</param>
    public static Exception Of(string what, string stack, CommandResult result, IEnumerable<string> told, TimeSpan quiet)
    {
        // What is printed as JSON comes parsed, as what was told.
        var printed = result.Output.Length < 16 * 1024 && !result.Output.TrimStart().StartsWith('{') ? result.Output : "";
        var text = Masking.Text(string.Join('\n', told.Append(result.Errors).Append(printed).Where(part => part.Length > 0)));
        if (result.Hung)
        {
            return Failed("hung", $"said nothing for {quiet:c} and was stopped; trying again goes on from the stack's state", retryable: true);
        }

        if (HoldersIn(text) is [var holder, ..])
        {
            return new StackLockedException(stack, holder.Text);
        }

        if (text.Contains("[409] Conflict", StringComparison.Ordinal) || text.Contains("Another update is currently in progress", StringComparison.Ordinal))
        {
            return new StackLockedException(stack, "another update is in progress");
        }

        if (Located(text) is { IsEmpty: false } diagnostics)
        {
            return new StackProgramException(diagnostics);
        }

        return result.ExitCode switch
        {
            _ when Has("incorrect passphrase") => Failed("passphrase", "the passphrase is not the one that the stack's secrets were encrypted with; give every server the same PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE", retryable: false),
            _ when Has("passphrase must be set") => Failed("passphrase", "no passphrase was given; set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE", retryable: false),
            Authentication => Failed("authentication", $"the backend or the cloud refused the credentials: {First(text)}. Check Infra:Pulumi:Backend, the credentials in the environment and Infra:Alibaba:Profile", retryable: false),
            _ when Has("InvalidAccessKeyId") || Has("SignatureDoesNotMatch") || Has("no valid credential") || Has("NoCredentialProviders") || Has("AccessDenied") || Has("Forbidden.RAM") =>
                Failed("authentication", $"credentials are missing or refused: {First(text)}. Give them by the environment or Infra:Alibaba:Profile", retryable: false),
            _ when IsMissing(result) => Failed("stack-not-found", "there is no such stack in the backend; check Infra:Pulumi:Backend and the names", retryable: false),
            _ when Plugin().IsMatch(text) => Failed("plugin", $"a plug-in is missing: {First(text)}. Install it (pulumi plugin install resource NAME VERSION), or set Infra:Pulumi:AcquirePlugins", retryable: false),
            _ when Unreachable().IsMatch(text) => Failed("backend", $"the backend is not reachable: {First(text)}. Check Infra:Pulumi:Backend and the way there", retryable: true),
            _ when Has("unknown flag") || Has("unknown command") => Failed("pulumi-version", $"this version does not know a command that is needed: {First(text)}. Use {PulumiExecutable.Oldest} or newer, best 3.256 or newer", retryable: false),
            Configuration => Failed("configuration", $"the configuration was refused: {First(text)}", retryable: false),
            Cancelled => Failed("cancelled", "the operation was stopped by a second signal; what it was doing is pending in the state, and trying again goes on from there", retryable: true),
            > 128 and < 128 + 65 => Failed("killed", $"the process was ended by signal {result.ExitCode - 128}{(result.ExitCode == 137 ? ", as by somebody's kill -9 or for want of memory" : "")}{(text.Length > 0 ? $" ({First(text)})" : "")}; what it was doing is pending in the state, and trying again goes on from there", retryable: true),
            _ => Failed("pulumi", $"exited with {result.ExitCode}: {First(text)}", retryable: true),
        };

        bool Has(string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);

        StackEngineException Failed(string code, string message, bool retryable) => new(code, $"pulumi {what}: {message}", retryable);
    }

    /// <summary>The places in a program that errors name.</summary>
    private static ImmutableArray<Diagnostic> Located(string text) =>
    [
        .. Place().Matches(text).Select(match => new Diagnostic(
            match.Groups["file"].Value,
            new Position(Number(match.Groups["line"]), Math.Max(1, Number(match.Groups["column"]))),
            Severity.Error,
            "pulumi",
            match.Groups["message"].Value.Trim())).Distinct(),
    ];

    private static int Number(Group group) => int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;

    /// <summary>The first lines that say something, without the word error.</summary>
    private static string First(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line is not ("Diagnostics:" or "error:")).Distinct().ToList();
        var errors = lines.Where(line => line.StartsWith("error:", StringComparison.OrdinalIgnoreCase)).Select(line => line["error:".Length..].Trim()).ToList();
        var shown = string.Join("; ", (errors.Count > 0 ? errors : lines).Take(3));
        return shown.Length switch
        {
            0 => "without a word",
            > 600 => shown[..600] + "…",
            _ => shown.TrimEnd('.'),
        };
    }

    [GeneratedRegex(@"created by (?<user>[^@\s]*)@(?<host>\S+) \(pid (?<pid>\d+)\) at (?<at>\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex Holder();

    [GeneratedRegex(@"(?<file>[^\s:,<>]*\.ya?ml)[:,](?<line>\d+)(?:[:,](?<column>\d+)(?:-\d+(?::\d+)?)?)?:\s+(?<message>[^\n]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    [GeneratedRegex(@"no resource plugin|could not (?:find|load) plugin|no language plugin|failed to (?:load|install) plugin|error downloading|plugin .* not found", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Plugin();

    [GeneratedRegex(@"unable to open bucket|could not open bucket|unable to check|connection refused|no such host|i/o timeout|failed to connect|blob \(key|dial tcp", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Unreachable();
}

/// <summary>Who holds a stack, as the lock says.</summary>
/// <param name="At">When the lock was made.</param>
internal sealed record StackHolder(string User, string Host, int? ProcessId, DateTimeOffset? At, string Text)
{
    /// <summary>Made on this machine by a process that is gone, or whose number another process has now: nobody works on the stack any more.</summary>
    public bool IsGone()
    {
        if (ProcessId is not { } id || !string.Equals(Host, Environment.MachineName, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            // A lock tells whole seconds.
            return process.HasExited || (At is { } made && process.StartTime.ToUniversalTime() > made.UtcDateTime.AddSeconds(2));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }
}
