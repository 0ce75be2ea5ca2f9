using System.Collections.Concurrent;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Orchestrator.Infra.Clusters;

/// <summary>Evicts pods through the eviction API, which respects disruption budgets, and waits until they are gone.</summary>
internal sealed class PodDrain(ClusterConnection connection, int parallel)
{
    private const int PageSize = 500;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    public async Task<DrainOutcome> DrainAsync(string selector, IReadOnlyCollection<string>? nodes, TimeSpan deadline, string idempotencyKey, CancellationToken cancellationToken)
    {
        var started = connection.EnvironmentClock.GetTimestamp();
        var evicted = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var remaining = await PodsAsync(selector, nodes, cancellationToken);
        while (remaining.Count > 0)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(remaining.Where(pod => pod.Metadata.DeletionTimestamp is null), options, async (pod, token) =>
            {
                if (await EvictAsync(pod, idempotencyKey, token))
                {
                    evicted[Name(pod)] = true;
                }
            });
            if (connection.EnvironmentClock.GetElapsedTime(started) >= deadline)
            {
                break;
            }

            await Task.Delay(Poll, connection.EnvironmentClock, cancellationToken);
            remaining = await PodsAsync(selector, nodes, cancellationToken);
        }

        return new DrainOutcome(
            [.. evicted.Keys.Order(StringComparer.Ordinal)],
            [.. remaining.Select(Name).Order(StringComparer.Ordinal)],
            connection.EnvironmentClock.GetElapsedTime(started));
    }

    /// <summary>False when a disruption budget does not allow it now; the next round asks again.</summary>
    private async Task<bool> EvictAsync(V1Pod pod, string idempotencyKey, CancellationToken cancellationToken)
    {
        var eviction = new V1Eviction
        {
            ApiVersion = "policy/v1",
            Kind = "Eviction",
            Metadata = new V1ObjectMeta
            {
                Name = pod.Metadata.Name,
                NamespaceProperty = pod.Metadata.NamespaceProperty,
                Annotations = new Dictionary<string, string> { [NodeNames.IdempotencyKey] = idempotencyKey },
            },
            // A pod that came back under the same name is another pod: the uid keeps a repeat from evicting it.
            DeleteOptions = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } },
        };
        try
        {
            await connection.CallAsync(client => client.CoreV1.CreateNamespacedPodEvictionAsync(eviction, pod.Metadata.Name, pod.Metadata.NamespaceProperty, cancellationToken: cancellationToken));
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return true;
        }
        catch (ClusterUnreachableException e) when (e.InnerException is HttpOperationException { Response.StatusCode: HttpStatusCode.TooManyRequests })
        {
            return false;
        }
    }

    public async Task<List<V1Pod>> PodsAsync(string selector, IReadOnlyCollection<string>? nodes, CancellationToken cancellationToken)
    {
        var wanted = nodes?.ToHashSet(StringComparer.Ordinal);
        var pods = new List<V1Pod>();
        string? next = null;
        do
        {
            var page = await connection.CallAsync(client => client.CoreV1.ListPodForAllNamespacesAsync(
                labelSelector: selector, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken));
            pods.AddRange(page.Items.Where(pod => (wanted is null || wanted.Contains(pod.Spec?.NodeName ?? "")) && pod.Status?.Phase is not ("Succeeded" or "Failed")));
            next = page.Metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return pods;
    }

    public static string Name(V1Pod pod) => $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";
}
