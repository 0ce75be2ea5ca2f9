using Microsoft.Extensions.Logging.Console;

namespace Orchestrator.Server.Logging;

/// <summary>Registers where the log goes.</summary>
internal static class LogServices
{
    /// <param name="server">This server's name.</param>
    /// <param name="output">The standard stream that gets the log.</param>
    /// <param name="file">Null: no file is written.</param>
    public static ILoggingBuilder AddLog(this ILoggingBuilder logging, LogOptions options, string server, LogOutput output, LogFile? file)
    {
        // What is not ours tells much that helps nobody: the rest of it is had by its category.
        logging.SetMinimumLevel(Max(options.Level, LogLevel.Warning)).AddFilter("Orchestrator", options.Level)
            // Refusals leave as exceptions; what is unexpected among them ProblemResponses logs.
            .AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.None);
        foreach (var (category, level) in options.Levels) logging.AddFilter(category, level);
        if (file is not null) logging.AddProvider(file);
        if (output is not (LogOutput.StandardOutput or LogOutput.StandardError)) return logging;

        logging.AddConsole(console =>
        {
            console.FormatterName = LogFormatter.FormatterName;
            console.LogToStandardErrorThreshold = output == LogOutput.StandardError ? LogLevel.Trace : LogLevel.None;
            // Whoever reads the stream may be slow or gone: lines are lost then, and counted, and the work goes on.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        // Asked for when it is needed: what has the host's life is made with a logger.
        logging.Services.AddSingleton<ConsoleFormatter>(services => new LogFormatter(
            options, server, () => services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.IsCancellationRequested));
        return logging;
    }

    private static LogLevel Max(LogLevel one, LogLevel other) => one > other ? one : other;
}
