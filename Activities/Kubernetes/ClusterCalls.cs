using System.Text.Json.Nodes;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>Finds a cluster's objects, and tells its refusals as a step's errors.</summary>
internal static class ClusterCalls
{
    /// <exception cref="ActivityFailedException"><c>unknown-cluster</c>, <c>cluster-unreachable</c>.</exception>
    public static ClusterObjects Objects(FleetInventory inventory, string cluster)
    {
        try
        {
            return inventory.Find(cluster)?.Objects
                ?? throw new ActivityFailedException("unknown-cluster", $"there is no cluster '{cluster}'; the fleet has {string.Join(", ", inventory.Clusters)}", retryable: false);
        }
        catch (ClusterUnreachableException exception)
        {
            throw Unreachable(exception);
        }
    }

    /// <summary>One call about an object.</summary>
    /// <exception cref="ActivityFailedException"><c>denied</c>, <c>field-conflict</c>, <c>refused</c>, <c>unknown-kind</c>, <c>cluster-unreachable</c>.</exception>
    public static async Task<T> CallAsync<T>(string what, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ClusterDeniedException exception)
        {
            throw new ActivityFailedException("denied", $"{what}: {exception.Message}. Change the object as {exception.By} wants it, or ask whoever runs that.", retryable: false, exception);
        }
        catch (ObjectRefusedException exception) when (exception.Conflicts.Count > 0)
        {
            var fields = string.Join(", ", exception.Conflicts.Select(conflict => $"{conflict.Field} (owned by {conflict.Manager})"));
            throw new ActivityFailedException("field-conflict", $"{what}: other field managers own {fields}. Leave these fields out, or take them with force: true.", retryable: false, exception);
        }
        catch (ObjectRefusedException exception) when (exception.Reason == "NoKind")
        {
            throw new ActivityFailedException("unknown-kind", $"{what}: {exception.Message}.", retryable: true, exception);
        }
        catch (ObjectRefusedException exception)
        {
            // A conflict of versions or a namespace that is on its way may pass; what is invalid stays so.
            throw new ActivityFailedException("refused", $"{what}: the API server answers {exception.Status} {exception.Reason}: {exception.Message}", retryable: exception.Status is 409 or 404, exception);
        }
        catch (ClusterUnreachableException exception)
        {
            throw Unreachable(exception);
        }
    }

    public static ActivityFailedException Unreachable(ClusterUnreachableException exception) =>
        new("cluster-unreachable", $"{exception.Message}. Check the cluster's API server, then try again.", inner: exception);

    public static string? Text(JsonNode? node, params string[] path) => path.Aggregate(node, (at, name) => (at as JsonObject)?[name])?.ToString();
}
