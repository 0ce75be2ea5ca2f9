using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Orchestrator.Infra.Clusters;

/// <summary>The deployments of a trading unit on lent nodes, found by their label.</summary>
internal sealed class UnitWorkloads(ClusterConnection connection)
{
    /// <summary>On everything that a unit's program makes.</summary>
    private const string Label = "orchestrator.io/unit";

    /// <summary>Scales every deployment of the unit to no replicas.</summary>
    /// <returns>How many deployments there are, and the replicas that they had.</returns>
    public async Task<(int Workloads, int Replicas)> EmptyAsync(string unit, string idempotencyKey, CancellationToken cancellationToken)
    {
        var found = await connection.CallAsync(client => client.AppsV1.ListDeploymentForAllNamespacesAsync(labelSelector: $"{Label}={unit}", cancellationToken: cancellationToken));
        var replicas = 0;
        foreach (var deployment in found.Items.Where(deployment => deployment.Spec?.Replicas is not 0))
        {
            replicas += deployment.Spec?.Replicas ?? 1;
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [NodeNames.IdempotencyKey] = idempotencyKey } },
                ["spec"] = new JsonObject { ["replicas"] = 0 },
            };
            await connection.CallAsync(client => client.AppsV1.PatchNamespacedDeploymentAsync(
                new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), deployment.Metadata.Name, deployment.Metadata.NamespaceProperty,
                fieldManager: ClusterConnection.FieldManager, cancellationToken: cancellationToken));
        }

        return (found.Items.Count, replicas);
    }
}
