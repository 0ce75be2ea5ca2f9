using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>Whether the database takes what it is asked. Says a word when it stops to, once a minute while it does not, and when it does again.</summary>
internal sealed partial class StoreHealth(Func<Exception, string> explain, bool onlyWrites, TimeProvider systemClock, ILogger logger)
{
    private static readonly TimeSpan longestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan failureTimeout = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private volatile StoreUnavailable? unavailable;
    private TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long said;
    private long answered = long.MinValue;

    /// <summary>Null: it does; else what is wrong.</summary>
    public StoreUnavailable? Unavailable => unavailable;

    /// <summary>Completes when it takes everything again.</summary>
    public Task WhenOver
    {
        get
        {
            lock (gate) return unavailable is null ? Task.CompletedTask : over.Task;
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
            var now = systemClock.GetTimestamp();
            var first = unavailable is null;
            if (begun < Volatile.Read(ref answered))
            {
                if (said != 0 && systemClock.GetElapsedTime(said, now) < failureTimeout) return;
                said = now;
                LogLate(explain(error));
                return;
            }

            unavailable = new StoreUnavailable(explain(error), unavailable?.Since ?? systemClock.GetUtcNow(), onlyWrites);
            if (!first && systemClock.GetElapsedTime(said, now) < failureTimeout) return;
            said = now;
            LogUnavailable(unavailable.What);
        }
    }

    /// <summary>It has answered.</summary>
    public void Over()
    {
        Volatile.Write(ref answered, systemClock.GetTimestamp());
        if (unavailable is null) return;
        lock (gate)
        {
            if (unavailable is null) return;
            LogOver((systemClock.GetUtcNow() - unavailable.Since).TotalSeconds);
            unavailable = null;
            over.SetResult();
            over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Store unavailable: the journal waits, and so do runs: {Unavailable}. It is retried")]
    private partial void LogUnavailable(string unavailable);

    [LoggerMessage(2002, LogLevel.Warning, "Store available: the journal was read after a request to it failed: {Unavailable}. The request is retried")]
    private partial void LogLate(string unavailable);

    [LoggerMessage(2003, LogLevel.Information, "Store available again after {Seconds:0.0} s")]
    private partial void LogOver(double seconds);
}
