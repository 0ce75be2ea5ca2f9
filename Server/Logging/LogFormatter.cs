using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Orchestrator.Server.Logging;

/// <summary>Writes entries on a standard stream for the library's console logger, as text or as JSON.</summary>
internal sealed class LogFormatter(LogOptions options, string server) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "orchestrator";

    private readonly bool _json = options.IsJson;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var entry = LogEntry.Of(logEntry.LogLevel, logEntry.Category, logEntry.EventId, logEntry.State, logEntry.Exception, logEntry.Formatter, scopeProvider);
        textWriter.WriteLine(_json ? LogJson.Write(entry, server) : LogText.Write(entry));
    }
}
