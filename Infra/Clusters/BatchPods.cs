using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>Reads batch pods: those that wait, and what the running ones have to lose; and kills them.</summary>
internal sealed class BatchPods(ClusterConnection connection, int parallel)
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

    /// <summary>How many batch pods wait for a node, and how many run.</summary>
    public async Task<(int Waiting, int Running)> CountAsync(CancellationToken cancellationToken)
    {
        var (waiting, running) = (0, 0);
        await ReadAsync("status.phase=Pending", (pods, _) => waiting += pods.Count(pod => string.IsNullOrEmpty(pod.Spec?.NodeName)), cancellationToken);
        await ReadAsync("status.phase=Running", (pods, _) => running += pods.Count, cancellationToken);
        return (waiting, running);
    }

    /// <summary>The running tasks of some nodes, in one list.</summary>
    public async Task<(ImmutableArray<BatchTask> Tasks, DateTimeOffset At)> TasksAsync(IReadOnlyCollection<string> nodes, CancellationToken cancellationToken)
    {
        var wanted = nodes.ToHashSet(StringComparer.Ordinal);
        var tasks = ImmutableArray.CreateBuilder<BatchTask>();
        var at = connection.EnvironmentClock.GetUtcNow();
        await ReadAsync("status.phase=Running", (pods, now) =>
        {
            at = now;
            tasks.AddRange(pods.Where(pod => wanted.Contains(pod.Spec?.NodeName ?? "") && pod.Metadata.DeletionTimestamp is null).Select(Task));
        }, cancellationToken);
        return (tasks.ToImmutable(), at);
    }

    public async Task KillAsync(IEnumerable<(string Task, string Uid)> tasks, ClusterLease lease, LeaseKeeper leases, CancellationToken cancellationToken)
    {
        await leases.CheckAsync(lease, cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(tasks, options, async (task, token) =>
        {
            var (@namespace, name) = task.Task.Split('/') is [var space, var own] ? (space, own) : ("default", task.Task);
            try
            {
                // A pod that came back under the same name is another pod: the uid keeps a repeat from killing it.
                var options = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = task.Uid } };
                await connection.CallAsync(client => client.CoreV1.DeleteNamespacedPodAsync(name, @namespace, options, cancellationToken: token));
            }
            catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
            {
                // Gone, or another pod by now.
            }
        });
    }

    private static BatchTask Task(V1Pod pod)
    {
        var checkpoint = pod.Metadata.Annotations?.TryGetValue(CheckpointAnnotation, out var text) is true ? text : null;
        var requests = (pod.Spec?.Containers ?? []).Select(container => container.Resources?.Requests).OfType<IDictionary<string, ResourceQuantity>>();
        return new BatchTask(
            PodDrain.Name(pod),
            pod.Metadata.Uid ?? "",
            pod.Spec?.NodeName ?? "",
            pod.Spec?.Priority ?? 0,
            requests.Sum(amounts => amounts.TryGetValue(NodeNames.BatchCpu, out var batch) ? (long)batch.ToDecimal() : amounts.TryGetValue("cpu", out var cpu) ? NodeReader.Milli(cpu) : 0),
            pod.Status?.StartTime is { } started ? new DateTimeOffset(started.ToUniversalTime(), TimeSpan.Zero) : null,
            checkpoint,
            // The annotation's value is the framework's own; one that is a time tells when the checkpoint was taken.
            DateTimeOffset.TryParse(checkpoint, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null)
        {
            Controller = pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller is true) is { } owner ? $"{owner.Kind}/{owner.Name}" : null,
        };
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
