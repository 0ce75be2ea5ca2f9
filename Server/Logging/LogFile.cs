using System.Text;

namespace Orchestrator.Server.Logging;

/// <summary>
/// Writes the log as lines of text into a file; it is started anew, and the old one kept once, beyond the limit. Lines are held back until
/// <see cref="Open"/>: a process that is refused a data folder writes nothing into the log of the one that works on it.
/// </summary>
/// <param name="limit">In bytes.</param>
internal sealed class LogFile(string path, long limit) : ILoggerProvider, ISupportExternalScope
{
    private const int MostHeld = 1000;
    private readonly Lock _lock = new();
    private readonly List<string> _held = [];
    private StreamWriter? _writer;
    private IExternalScopeProvider? _scopes;

    /// <summary>The file that this process writes, or null.</summary>
    public static string? Current { get; private set; }

    /// <summary>Called when the data folder is this process's own. A disk that does not take the log must not take the work.</summary>
    public void Open()
    {
        lock (_lock)
        {
            if (_writer is not null) return;
            try
            {
                _writer = Append(path);
                Current = path;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return;
            }
        }

        foreach (var line in _held) Write(line);
        _held.Clear();
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer?.Dispose();
        }
    }

    private static StreamWriter Append(string path) =>
        new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true };

    private void Write(string line)
    {
        lock (_lock)
        {
            if (_writer is null)
            {
                if (_held.Count < MostHeld) _held.Add(line);
                return;
            }

            try
            {
                if (_writer.BaseStream.Length > limit)
                {
                    _writer.Dispose();
                    System.IO.File.Move(path, path + ".1", overwrite: true);
                    _writer = Append(path);
                }

                _writer.WriteLine(line);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // A full disk takes the log's lines, and must not take the work of whoever writes them.
            }
        }
    }

    private sealed class FileLogger(LogFile file, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => file._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            file.Write(LogText.Write(LogEntry.Of(logLevel, category, eventId, state, exception, formatter, file._scopes)));
    }
}
