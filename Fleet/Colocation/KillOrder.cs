using System.Collections.Immutable;

namespace Orchestrator.Fleet.Colocation;

/// <summary>A batch task that runs.</summary>
/// <param name="Name">Namespace and name of its pod.</param>
/// <param name="CpuMilli">That it asked for.</param>
/// <param name="Started">Null: not told.</param>
/// <param name="Checkpoint">As the batch framework wrote it; null: none.</param>
/// <param name="CheckpointAt">When that was taken; null: there is none, or it does not say.</param>
public sealed record BatchTask(string Name, string Uid, string Node, int Priority, long CpuMilli, DateTimeOffset? Started, string? Checkpoint, DateTimeOffset? CheckpointAt)
{
    /// <summary>What makes the pod anew when it is gone, as <c>Job/night</c>; null: nothing does.</summary>
    public string? Controller { get; init; }

    /// <summary>Work since the checkpoint, or since the start where there is none: cores × seconds. A task whose start nobody tells counts as one that has just begun.</summary>
    public double LostCpuSeconds(DateTimeOffset now) => CpuMilli / 1000.0 * Math.Max(0, (now - (CheckpointAt ?? Started ?? now)).TotalSeconds);
}

/// <summary>Which batch tasks a lossy degrade kills, and in which order. Pure.</summary>
public static class KillOrder
{
    /// <summary>
    /// On each node as many as must go until the rest asks for no more than may stay: the lowest priority first, and of one priority whoever has the least work to lose.
    /// In this order over all nodes, so that a kill that is cut short has lost the least.
    /// </summary>
    /// <param name="mayStayMilli">CPU that batch may go on asking for, by node.</param>
    public static ImmutableArray<BatchTask> Choose(IEnumerable<BatchTask> tasks, Func<string, long> mayStayMilli, DateTimeOffset now)
    {
        var chosen = new List<BatchTask>();
        foreach (var node in tasks.GroupBy(task => task.Node, StringComparer.Ordinal))
        {
            var over = node.Sum(task => task.CpuMilli) - mayStayMilli(node.Key);
            foreach (var task in InOrder(node, now))
            {
                if (over <= 0)
                {
                    break;
                }

                chosen.Add(task);
                over -= task.CpuMilli;
            }
        }

        return [.. InOrder(chosen, now)];
    }

    private static IEnumerable<BatchTask> InOrder(IEnumerable<BatchTask> tasks, DateTimeOffset now) =>
        tasks.OrderBy(task => task.Priority).ThenBy(task => task.LostCpuSeconds(now)).ThenBy(task => task.Name, StringComparer.Ordinal);
}
