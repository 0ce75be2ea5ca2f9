using System.Globalization;

namespace Orchestrator.Server.Terminal;

/// <summary>Times and durations as the terminal shows them.</summary>
internal static class Moment
{
    /// <summary>The promotion's own zone: the night's hours mean nothing elsewhere.</summary>
    private static readonly TimeSpan Zone = TimeSpan.FromHours(8);

    public static string Of(DateTimeOffset time) => time.ToOffset(Zone).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset time) => time.ToOffset(Zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>As in <c>1h03m</c>, <c>4m20s</c>, <c>0.4s</c>.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { TotalHours: >= 1 } => $"{(int)length.TotalHours}h{length.Minutes:00}m",
        { TotalMinutes: >= 1 } => $"{length.Minutes}m{length.Seconds:00}s",
        { TotalSeconds: >= 10 } => $"{length.Seconds}s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.0}s"),
    };
}
