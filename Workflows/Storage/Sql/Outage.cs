using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>Whether the database takes what it is asked. Says a word when it stops to, once a minute while it does not, and when it does again.</summary>
internal sealed partial class Outage(Func<Exception, string> explain, bool onlyWrites, TimeProvider wall, ILogger logger)
{
    private static readonly TimeSpan longestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan silence = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private volatile StoreTrouble? trouble;
    private TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long said;
    private long answered = long.MinValue;

    /// <summary>Null: it does; else what is wrong.</summary>
    public StoreTrouble? Trouble => trouble;

    /// <summary>Completes when it takes everything again.</summary>
    public Task WhenOver
    {
        get
        {
            lock (gate) return trouble is null ? Task.CompletedTask : over.Task;
        }
    }

    /// <summary>How long to wait before trying again: not at all after the first failure, which a restart long past may have left behind.</summary>
    public static TimeSpan Pause(int failures)
    {
        if (failures <= 1) return TimeSpan.Zero;
        var pause = TimeSpan.FromMilliseconds(50) * Math.Pow(2, Math.Min(failures - 2, 10)) * (0.75 + Random.Shared.NextDouble() / 2);
        return pause < longestPause ? pause : longestPause;
    }

    /// <param name="error">What was met.</param>
    /// <param name="begun">
    /// The timestamp at which that was begun which failed. When something was answered after it, its failure tells of a time before the
    /// answer, as with a timeout that runs out after the database is back, and is no trouble now.
    /// </param>
    public void Met(Exception error, long begun = long.MaxValue)
    {
        lock (gate)
        {
            var now = wall.GetTimestamp();
            var first = trouble is null;
            if (begun < Volatile.Read(ref answered))
            {
                if (said != 0 && wall.GetElapsedTime(said, now) < silence) return;
                said = now;
                LogLate(explain(error));
                return;
            }

            trouble = new StoreTrouble(explain(error), trouble?.Since ?? wall.GetUtcNow(), onlyWrites);
            if (!first && wall.GetElapsedTime(said, now) < silence) return;
            said = now;
            LogTrouble(trouble.What);
        }
    }

    /// <summary>It has answered.</summary>
    public void Over()
    {
        Volatile.Write(ref answered, wall.GetTimestamp());
        if (trouble is null) return;
        lock (gate)
        {
            if (trouble is null) return;
            LogOver((wall.GetUtcNow() - trouble.Since).TotalSeconds);
            trouble = null;
            over.SetResult();
            over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "The journal waits, and so do runs: {Trouble}. It is tried again and again")]
    private partial void LogTrouble(string trouble);

    [LoggerMessage(2002, LogLevel.Warning, "The journal has been read since something asked of it failed: {Trouble}. It is asked again")]
    private partial void LogLate(string trouble);

    [LoggerMessage(2003, LogLevel.Information, "The journal goes on after {Seconds:0.0} s")]
    private partial void LogOver(double seconds);
}
