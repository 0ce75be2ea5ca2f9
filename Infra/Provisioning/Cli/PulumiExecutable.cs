using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>Finds the executable and reads its version.</summary>
internal static partial class PulumiExecutable
{
    /// <summary>The first version whose exit codes say what happened.</summary>
    public static Version Oldest { get; } = new(3, 227, 0);

    /// <summary>How people get it.</summary>
    public const string HowToInstall = "Install it as https://www.pulumi.com/docs/install/ says (curl -fsSL https://get.pulumi.com | sh, or brew install pulumi), or name it as Infra:Pulumi:Executable; Infra:Pulumi:Engine=Embedded does without it";

    /// <summary>The path of an executable: as given when it has a folder, else from <c>PATH</c>; null where there is none.</summary>
    public static string? Find(string name, string? path)
    {
        if (name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return File.Exists(name) ? Path.GetFullPath(name) : null;
        }

        var endings = OperatingSystem.IsWindows() ? new[] { ".exe", "" } : [""];
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending)))
            .FirstOrDefault(file => File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != 0));
    }

    /// <summary>The version in what <c>pulumi version</c> printed, as <c>v3.259.0</c>; null where there is none.</summary>
    public static Version? VersionIn(string printed) => Number().Match(printed) is { Success: true } match ? Version.Parse(match.Groups[1].Value) : null;

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    [GeneratedRegex(@"\bv?([0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5})", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
