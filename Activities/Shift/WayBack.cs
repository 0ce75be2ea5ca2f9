using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Shift;

/// <summary>Reads back what an undo of a shift has reached: it is back only where the cluster shows so.</summary>
internal static class WayBack
{
    /// <param name="behind">Nodes that a wave went on without.</param>
    /// <param name="gone">Nodes that the cluster has no longer.</param>
    /// <returns>The nodes that are not back, sorted, each with the reason.</returns>
    public static async Task<ImmutableArray<LeftInPlace>> ReadAsync(
        ShiftClusterArguments arguments, IEnumerable<string> behind, IEnumerable<string> gone, ClusterDriver driver, TaskContext context, CancellationToken cancellationToken)
    {
        var moved = await MovedAsync(arguments.Cluster, context, cancellationToken);
        var unconfirmed = behind.ToHashSet(StringComparer.Ordinal);
        var left = gone.ToDictionary(node => node, _ => "the cluster has no such node any more", StringComparer.Ordinal);
        foreach (var node in (await driver.SurveyAsync(cancellationToken)).Nodes)
        {
            if (Remaining(node, arguments.State, moved.Contains(node.Name), unconfirmed.Contains(node.Name)) is { } reason)
            {
                left[node.Name] = reason;
            }
        }

        return [.. left.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => new LeftInPlace(node.Key, node.Value))];
    }

    private static string? Remaining(SurveyedNode node, ColocationState target, bool moved, bool unconfirmed) => node switch
    {
        // One that joined since, without a label, was never lent.
        { State: null } => moved ? "its co-location label is gone: nobody can tell what it runs" : null,
        { State: { } state, Ready: true } when state != target => $"its label still says {state.Id()}: the API server did not take the change",
        { State: { } state } when state != target => $"it is not ready, and its label still says {state.Id()}",
        { Ready: false } when unconfirmed => $"it is not ready: its label says {target.Id()}, and what it runs is not confirmed",
        _ when unconfirmed => $"its label says {target.Id()}, and what it runs was not confirmed",
        _ => null,
    };

    /// <summary>The nodes of the cluster that this run has planned to move.</summary>
    private static async Task<HashSet<string>> MovedAsync(string cluster, TaskContext context, CancellationToken cancellationToken)
    {
        var moved = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var recorded in context.FactsAsync(cancellationToken))
        {
            if (HopKeys.IsPlan(recorded.Key) && FactRecording.Read(recorded.Fact) is ShiftPlanned plan && plan.Cluster == cluster)
            {
                moved.UnionWith(plan.Waves.SelectMany(wave => wave));
            }
        }

        return moved;
    }
}
