using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>What a node's batch allocatable CPU should come to under a profile, after Koordinator's own formula (usage policy).</summary>
/// <param name="CpuThresholdPercent">Profile's <c>batchCPUThresholdPercent</c>.</param>
/// <param name="CpuReclaimThresholdPercent">Profile's <c>cpuReclaimThresholdPercent</c>.</param>
/// <param name="Tolerance">Accepted difference, as a share of the node's capacity. Default 0.1: Koordinator leaves differences below its own threshold (up to 10 %) as they are.</param>
public sealed record BatchTarget(int CpuThresholdPercent, int CpuReclaimThresholdPercent, double Tolerance = 0.1)
{
    /// <summary>What a state's profile gives.</summary>
    public static BatchTarget For(Profile profile) => new(profile.Colocation.BatchCpuThresholdPercent, profile.Colocation.CpuReclaimThresholdPercent);

    /// <summary>
    /// min(capacity × threshold, capacity − capacity × (100 − reclaim) % − system used − online used), never below 0, in
    /// thousandths of a core (Koordinator, <c>batchresource</c> plugin). Without a metric the usage counts as 0.
    /// </summary>
    public long Expected(SurveyedNode node)
    {
        var ceiling = node.CpuMilli * CpuThresholdPercent / 100;
        var left = (node.CpuMilli * CpuReclaimThresholdPercent / 100) - (node.Usage?.SystemCpuMilli ?? 0) - (node.Usage?.OnlineCpuMilli ?? 0);
        return Math.Max(0, Math.Min(ceiling, left));
    }

    /// <summary>True when the node's batch allocatable is what the profile gives, within the tolerance.</summary>
    public bool Met(SurveyedNode node) => Math.Abs(node.BatchCpuMilli - Expected(node)) <= node.CpuMilli * Tolerance;
}
