using System.Globalization;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>
/// Tells which process a server is, so that another one on the same machine can see at once that it is dead, and need not
/// wait for its silence. Known on Linux only; elsewhere, and for a server of another machine, nobody can tell.
/// </summary>
internal static class ProcessOrigin
{
    /// <summary>Of this process; empty when it cannot be told.</summary>
    public static string Own { get; } = Read(Environment.ProcessId) ?? "";

    /// <summary>True: the process was on this machine and is no more.</summary>
    public static bool IsGone(string origin) =>
        Own.Length > 0 && origin.LastIndexOf('/') is > 0 and var slash && Own.StartsWith(origin[..(slash + 1)], StringComparison.Ordinal)
        && origin[(slash + 1)..].Split('-') is [var pid, _] && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && Read(number) != origin;

    /// <summary>The boot of the machine and the namespace in which the process has its number; its number and the time of its start.</summary>
    private static string? Read(int pid)
    {
        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            var space = File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name;
            var status = File.ReadAllText($"/proc/{pid}/stat");
            // The program's name may hold spaces; behind it stand the state and, as the twentieth, the start.
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return space is null || fields[0] is "Z" or "X" ? null : $"{boot}/{space}/{pid}-{fields[19]}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
