using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Bench;

/// <summary>What a figure was measured on, and how busy that was with other things.</summary>
internal static class Machine
{
    public static Dictionary<string, object> Describe() => new()
    {
        ["processor"] = Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        ["cores"] = Environment.ProcessorCount,
        ["memoryMiB"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        ["os"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        // Over the last minute, the bench itself included: more than its cores means that others took part of them.
        ["load"] = File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : 0,
    };

    private static string? Line(string file, string key) =>
        File.Exists(file) && File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : null;
}
