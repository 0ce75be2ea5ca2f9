using System.Globalization;

namespace Orchestrator.Simulator.Clusters.Tables;

/// <summary>Durations as Kubernetes' tables show them: two units at most, the smaller one while it still tells something.</summary>
internal static class Ages
{
    public static string Since(string? time, DateTimeOffset now) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? Show(now - at) : "<unknown>";

    public static string Show(TimeSpan age)
    {
        var seconds = (long)age.TotalSeconds;
        return seconds switch
        {
            < -1 => "<invalid>",
            < 0 => "0s",
            < 120 => Text($"{seconds}s"),
            < 600 => Two(seconds / 60, "m", seconds % 60, "s"),
            < 10_800 => Text($"{seconds / 60}m"),
            < 28_800 => Two(seconds / 3600, "h", seconds / 60 % 60, "m"),
            < 172_800 => Text($"{seconds / 3600}h"),
            < 691_200 => Two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
            < 63_072_000 => Text($"{seconds / 86_400}d"),
            < 252_288_000 => Two(seconds / 31_536_000, "y", seconds / 86_400 % 365, "d"),
            _ => Text($"{seconds / 31_536_000}y"),
        };
    }

    private static string Two(long great, string greatUnit, long small, string smallUnit) => small == 0 ? Text($"{great}{greatUnit}") : Text($"{great}{greatUnit}{small}{smallUnit}");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
