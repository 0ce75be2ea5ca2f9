using Microsoft.Extensions.Logging;

namespace Orchestrator.Simulation.Machine;

/// <summary>What the engines log, as lines of the trace.</summary>
internal sealed class TracingLoggers(History history) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Lines(history, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Lines(History history, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => history.IsTraced;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var who = (SynchronizationContext.Current as Life)?.Name ?? "?";
            if (history.IsTraced) history.Say(who, $"{category}: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})")}");
        }
    }
}
