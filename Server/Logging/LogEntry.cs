using System.Diagnostics;

namespace Orchestrator.Server.Logging;

/// <summary>An entry of the log as it is written, whatever it is written to.</summary>
/// <param name="Properties">Named properties of the message.</param>
/// <param name="Scopes">Values of the scopes around it, outermost first; one that an inner scope or a property repeats is there once.</param>
internal sealed record LogEntry(
    DateTimeOffset At, LogLevel Level, string Category, EventId Event, string Message, Exception? Exception,
    IReadOnlyList<KeyValuePair<string, object?>> Properties, IReadOnlyList<KeyValuePair<string, object?>> Scopes)
{
    // The message's own template.
    private const string Template = "{OriginalFormat}";

    /// <summary>The trace that the entry belongs to; null for none.</summary>
    public ActivityContext? Trace { get; } = Activity.Current?.Context;

    public static LogEntry Of<TState>(
        LogLevel level, string category, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter, IExternalScopeProvider? scopes)
    {
        var properties = state is IEnumerable<KeyValuePair<string, object?>> named ? Collect(named, []) : [];
        var around = new List<KeyValuePair<string, object?>>();
        scopes?.ForEachScope((scope, list) =>
        {
            if (scope is IEnumerable<KeyValuePair<string, object?>> values) Collect(values, list);
        }, around);
        around.RemoveAll(value => properties.Exists(property => property.Key == value.Key));
        return new LogEntry(TimeProvider.System.GetUtcNow(), level, category, id, formatter(state, exception), exception, properties, around);
    }

    private static List<KeyValuePair<string, object?>> Collect(IEnumerable<KeyValuePair<string, object?>> values, List<KeyValuePair<string, object?>> list)
    {
        foreach (var value in values)
        {
            if (value.Key == Template) continue;
            list.RemoveAll(other => other.Key == value.Key);
            list.Add(value);
        }

        return list;
    }
}
