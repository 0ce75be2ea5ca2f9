using System.Globalization;
using System.Text;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Hosting;

/// <summary>Writes the log as lines into a file; it is started anew, and the old one kept once, beyond 16 MiB.</summary>
internal sealed class LogFile : ILoggerProvider
{
    private const long Limit = 16 * 1024 * 1024;
    private readonly Lock _lock = new();
    private readonly string _path;
    private StreamWriter _writer;

    public LogFile(string path)
    {
        _path = path;
        _writer = Open(path);
        Current = path;
    }

    /// <summary>The file that this process writes, or null.</summary>
    public static string? Current { get; private set; }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private static StreamWriter Open(string path) =>
        new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true };

    private void Write(string line)
    {
        lock (_lock)
        {
            try
            {
                if (_writer.BaseStream.Length > Limit)
                {
                    _writer.Dispose();
                    System.IO.File.Move(_path, _path + ".1", overwrite: true);
                    _writer = Open(_path);
                }

                _writer.WriteLine(line);
            }
            catch (IOException)
            {
                // A full disk takes the log's lines, and must not take the work of whoever writes them.
            }
        }
    }

    private sealed class FileLogger(LogFile file, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var at = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            var line = $"{at} {logLevel} {category}: {Printable.Line(formatter(state, exception))}";
            // What an exception says may come from anywhere: its lines are set in, so that none of them passes for an entry.
            file.Write(exception is null ? line : $"{line}{Environment.NewLine}    {Printable.Lines(exception.ToString()).Replace("\n", "\n    ", StringComparison.Ordinal)}");
        }
    }
}
