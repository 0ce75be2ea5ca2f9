using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Orchestrator.Server.Logging;

/// <summary>Writes entries on a standard stream for the library's console logger, as text or as JSON.</summary>
/// <param name="started">Whether the host has started.</param>
internal sealed class LogFormatter(LogOptions options, string server, Func<bool> started) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "orchestrator";

    // Of the host itself.
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    private readonly bool _json = options.IsJson;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        // Of a start that fails the command says in a sentence why; the file has the exceptions.
        if (logEntry.Category == HostCategory && !started()) return;

        var entry = LogEntry.Of(logEntry.LogLevel, logEntry.Category, logEntry.EventId, logEntry.State, logEntry.Exception, logEntry.Formatter, scopeProvider);
        textWriter.WriteLine(_json ? LogJson.Write(entry, server) : LogText.Write(entry));
    }
}
