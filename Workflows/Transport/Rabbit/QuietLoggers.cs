using Microsoft.Extensions.Logging;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// What MassTransit says, for whoever looks at Debug: it reports a lost connection with a stack trace a queue, again and again,
/// where the transport has one sentence.
/// </summary>
internal sealed class QuietLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Quiet(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public void Dispose()
    {
        // The loggers are somebody else's.
    }

    private sealed class Quiet(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(Lower(logLevel));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var level = Lower(logLevel);
            if (inner.IsEnabled(level)) inner.Log(level, eventId, state, exception, formatter);
        }

        private static LogLevel Lower(LogLevel level) => level > LogLevel.Debug ? LogLevel.Debug : level;
    }
}
