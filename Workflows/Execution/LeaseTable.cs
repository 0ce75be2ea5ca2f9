using System.Collections.Concurrent;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Execution;

/// <summary>Which claim of each pending task is the current one, and which worker has it. Tokens rise over restarts.</summary>
internal sealed class LeaseTable
{
    private readonly ConcurrentDictionary<(RunId Run, TaskId Task), (TaskStamp Stamp, string Worker)> current = new();
    private long lastToken;

    public long NextToken() => Interlocked.Increment(ref lastToken);

    /// <summary>Tokens of an earlier process are below all that come.</summary>
    public void StartAfter(long token) => lastToken = Math.Max(lastToken, token);

    public void Set(TaskStamp stamp, string worker) => current[(stamp.Run, stamp.Task)] = (stamp, worker);

    public bool IsCurrent(TaskStamp stamp) => current.TryGetValue((stamp.Run, stamp.Task), out var lease) && lease.Stamp == stamp;

    public (TaskStamp Stamp, string Worker)? Find(RunId run, TaskId task) => current.TryGetValue((run, task), out var lease) ? lease : null;

    public (TaskStamp Stamp, string Worker)? Remove(RunId run, TaskId task) => current.TryRemove((run, task), out var lease) ? lease : null;
}
