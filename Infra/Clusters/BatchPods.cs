using System.Collections.Immutable;
using k8s.Models;

namespace Orchestrator.Infra.Clusters;

/// <summary>Reads batch pods: those that wait, and which of the running ones have a checkpoint.</summary>
internal sealed class BatchPods(ClusterConnection connection)
{
    /// <summary>Label that Koordinator's admission gives batch pods.</summary>
    private const string Selector = "koordinator.sh/qosClass=BE";

    /// <summary>Written by the batch framework on a pod that can be taken up elsewhere; its value is for the framework.</summary>
    private const string CheckpointAnnotation = "orchestrator.io/checkpoint";

    private const int PageSize = 1000;

    /// <summary>Age of the pod that has waited longest for a place, by the API server's clock; zero when none waits.</summary>
    public async Task<TimeSpan> OldestWaitingAsync(CancellationToken cancellationToken)
    {
        DateTime? oldest = null;
        DateTimeOffset? at = null;
        await ReadAsync("status.phase=Pending", (pods, now) =>
        {
            at = now;
            // A pod with a place but no running container yet no longer waits in the queue.
            foreach (var pod in pods.Where(pod => string.IsNullOrEmpty(pod.Spec?.NodeName) && pod.Metadata.CreationTimestamp is not null))
            {
                oldest = oldest is { } known && known <= pod.Metadata.CreationTimestamp ? known : pod.Metadata.CreationTimestamp;
            }
        }, cancellationToken);
        return oldest is { } since && at is { } read && read.UtcDateTime > since.ToUniversalTime() ? read.UtcDateTime - since.ToUniversalTime() : TimeSpan.Zero;
    }

    /// <summary>How many running pods have a checkpoint, and the names (<c>namespace/name</c>) of those without.</summary>
    public async Task<(int With, ImmutableArray<string> Without)> CheckpointsAsync(CancellationToken cancellationToken)
    {
        var with = 0;
        var without = ImmutableArray.CreateBuilder<string>();
        await ReadAsync("status.phase=Running", (pods, _) =>
        {
            foreach (var pod in pods)
            {
                if (pod.Metadata.Annotations?.ContainsKey(CheckpointAnnotation) is true)
                {
                    with++;
                }
                else
                {
                    without.Add(PodDrain.Name(pod));
                }
            }
        }, cancellationToken);
        return (with, without.ToImmutable());
    }

    private async Task ReadAsync(string fields, Action<IList<V1Pod>, DateTimeOffset> take, CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = await connection.CallAsync(client => client.CoreV1.ListPodForAllNamespacesWithHttpMessagesAsync(
                labelSelector: Selector, fieldSelector: fields, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken));
            take(page.Body.Items, page.Response.Headers.Date ?? connection.EnvironmentClock.GetUtcNow());
            next = page.Body.Metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
    }
}
