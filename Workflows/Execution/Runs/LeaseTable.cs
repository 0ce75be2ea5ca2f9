using System.Collections.Concurrent;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// The pending tasks of the runs that this server decides, each with the token it was last handed out under. Whoever takes
/// it from there claims it under a greater one, so that token and all above are the current ones.
/// </summary>
internal sealed class LeaseTable
{
    private readonly ConcurrentDictionary<(RunId Run, TaskId Task), long> handedOut = new();

    public void Set(RunId run, TaskId task, long token) => handedOut[(run, task)] = token;

    /// <summary>The task is still wanted, and was not handed out again since this claim.</summary>
    public bool IsCurrent(TaskToken taskToken) => handedOut.TryGetValue((taskToken.Run, taskToken.Task), out var token) && taskToken.Token >= token;

    public long? Find(RunId run, TaskId task) => handedOut.TryGetValue((run, task), out var token) ? token : null;

    /// <summary>The token under which it was handed out; null when it is not pending here.</summary>
    public long? Remove(RunId run, TaskId task) => handedOut.TryRemove((run, task), out var token) ? token : null;

    /// <summary>Forgets the runs of shards that are no longer this server's.</summary>
    public void Forget(IReadOnlySet<int> shards)
    {
        foreach (var (task, _) in handedOut)
        {
            if (shards.Contains(Shards.Of(task.Run))) handedOut.TryRemove(task, out _);
        }
    }
}
