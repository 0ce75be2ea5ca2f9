using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Server.Logging;

/// <summary>Section <c>Log</c>.</summary>
internal sealed class LogOptions
{
    /// <summary>The least level that is kept: Trace, Debug, Information, Warning, Error, Critical, None. Of what is not ours, as Quartz, never less than Warning. Default Information.</summary>
    public LogLevel Level { get; set; } = LogLevel.Information;

    /// <summary>Other levels for categories that begin so, as in <c>Orchestrator.Workflows.Transport: Debug</c> or <c>Quartz: Information</c>. Default: none.</summary>
    public Dictionary<string, LogLevel> Levels { get; } = new(StringComparer.Ordinal);

    /// <summary>Of the lines on a standard stream; the file holds text. Default Auto: JSON in a container, else text.</summary>
    public LogFormat Format { get; set; } = LogFormat.Auto;

    /// <summary>The standard stream. Default Auto: standard output for <c>serve</c>, none for <c>run</c>.</summary>
    public LogOutput Output { get; set; } = LogOutput.Auto;

    /// <summary>Whether <c>orchestrator.log</c> in the data folder is written too. Default true.</summary>
    public bool File { get; set; } = true;

    /// <summary>Size in bytes at which the file is begun anew, the old one kept once as <c>orchestrator.log.1</c>. Default 16 MiB.</summary>
    [Range(64L * 1024, 16L * 1024 * 1024 * 1024)]
    public long FileLimit { get; set; } = 16 * 1024 * 1024;

    /// <summary>True: standard output holds JSON lines and nothing else.</summary>
    public bool IsJson => Format == LogFormat.Json || (Format == LogFormat.Auto && InContainer);

    // What images of .NET set, and what Kubernetes gives to every pod.
    private static bool InContainer =>
        Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1" || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 };

    /// <summary>Where a command logs.</summary>
    /// <param name="hasView">The command shows something else on standard output.</param>
    public LogOutput OutputOf(bool hasView) => Output switch
    {
        LogOutput.Auto or LogOutput.StandardOutput => hasView ? LogOutput.None : LogOutput.StandardOutput,
        var given => given,
    };
}
