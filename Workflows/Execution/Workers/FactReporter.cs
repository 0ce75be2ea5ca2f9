using System.Collections.Concurrent;
using System.Text.Json;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>Brings facts to the journal: sends each again until the engine says that it is durable.</summary>
internal sealed class FactReporter(string worker, EngineReplies engine, TimeProvider systemClock)
{
    private static readonly TimeSpan resendAfter = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, TaskCompletionSource> unanswered = new();

    // Not from 1: a note for a process before this one must not be taken for one to this.
    private long lastReport = systemClock.GetUtcNow().UtcTicks;

    public async Task ReportAsync(TaskToken taskToken, string key, JsonElement fact, CancellationToken cancellationToken)
    {
        var report = Interlocked.Increment(ref lastReport);
        var answer = unanswered[report] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new FactMessage(taskToken, worker, report, key, fact);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The report or its answer may be lost; the journal keeps one fact a key, so saying it twice is harmless.
            await using var again = systemClock.CreateTimer(_ => engine.Post(message), null, resendAfter, resendAfter);
            await using var end = cancellationToken.UnsafeRegister(static (waiting, token) => ((TaskCompletionSource)waiting!).TrySetCanceled(token), answer);
            engine.Post(message);
            await answer.Task;
        }
        finally
        {
            unanswered.TryRemove(report, out _);
        }
    }

    /// <summary>The engine has made the fact durable.</summary>
    public void Confirm(long report)
    {
        if (unanswered.TryGetValue(report, out var answer)) answer.TrySetResult();
    }
}
