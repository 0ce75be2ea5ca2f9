using System.Globalization;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>What a profile makes of batch on a node, after Koordinator's own formulas (usage policy): what may be scheduled, and what may run.</summary>
/// <param name="CpuThresholdPercent">Profile's <c>batchCPUThresholdPercent</c>.</param>
/// <param name="CpuReclaimThresholdPercent">Profile's <c>cpuReclaimThresholdPercent</c>.</param>
/// <param name="Tolerance">Accepted difference, as a share of the node's capacity. Default 0.1: Koordinator leaves differences below its own threshold (up to 10 %) as they are.</param>
public sealed record BatchTarget(int CpuThresholdPercent, int CpuReclaimThresholdPercent, double Tolerance = 0.1)
{
    /// <summary>Koordinator leaves batch two cores, whatever the percentages say.</summary>
    private const long LeastMilli = 2_000;

    /// <summary>What is measured is rounded and a mean: accepted above a limit of use, as a share of the node's capacity.</summary>
    private const double UseTolerance = 0.01;

    /// <summary>Profile's <c>cpuSuppressThresholdPercent</c>. Default 100: nothing is pressed down.</summary>
    public int SuppressThresholdPercent { get; init; } = 100;

    /// <summary>Profile's <c>cpuSuppressMinPercent</c>. Default 0.</summary>
    public int SuppressMinPercent { get; init; }

    /// <summary>The most that batch may use once it has drained, in percent of the cores; null: it need not drain.</summary>
    public int? DrainedPercent { get; init; }

    /// <summary>What a state's profile gives at once: what may be scheduled, and what koordlet presses batch down to.</summary>
    public static BatchTarget For(Profile profile) => new(profile.Colocation.BatchCpuThresholdPercent, profile.Colocation.CpuReclaimThresholdPercent)
    {
        SuppressThresholdPercent = profile.Threshold.CpuSuppressThresholdPercent,
        SuppressMinPercent = profile.Threshold.CpuSuppressMinPercent,
    };

    /// <summary>What a state comes to when batch has given way: no more than the share of <c>split</c> runs, which is batch's floor under the peak.</summary>
    public static BatchTarget Drained(Profile profile) => For(profile) with { DrainedPercent = profile.Split.Batch };

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

    /// <summary>
    /// The most CPU that batch may use, in thousandths of a core: capacity × suppress threshold − what all others use, never below the floor (koordlet's CPU suppression);
    /// where it is to have drained no more than <see cref="DrainedPercent"/>.
    /// </summary>
    public long MostUsed(SurveyedNode node)
    {
        var floor = Math.Max(Math.Min(LeastMilli, node.CpuMilli), node.CpuMilli * SuppressMinPercent / 100);
        var pressed = Math.Max(floor, (node.CpuMilli * SuppressThresholdPercent / 100) - (node.Usage?.SystemCpuMilli ?? 0) - (node.Usage?.OnlineCpuMilli ?? 0));
        return DrainedPercent is { } percent ? Math.Min(pressed, node.CpuMilli * percent / 100) : pressed;
    }

    /// <summary>What keeps the node from being confirmed, for people; null: it is as the profile says.</summary>
    /// <param name="since">The node's metric must be younger than this: what was measured before the change proves nothing of it.</param>
    public string? Difference(SurveyedNode node, ColocationState state, DateTimeOffset since) => node switch
    {
        _ when node.State != state => $"label is {(node.State is { } other ? other.Id() : "missing")}, expected {state.Id()}",
        _ when !Met(node) => string.Create(CultureInfo.InvariantCulture, $"batch-cpu is {node.BatchCpuMilli}m, expected {Expected(node)}m ± {node.CpuMilli * Tolerance:0}m"),
        // What it shows is what was written before its kubelet fell silent: the old state can look like the new one.
        { Ready: false } => "not ready, so what it runs is not known",
        { Usage: null } => "no NodeMetric tells what it runs",
        _ when !(node.MetricAt > since) => string.Create(CultureInfo.InvariantCulture, $"its NodeMetric is of {node.MetricAt:HH:mm:ss}, before the change"),
        _ when node.Usage.BatchCpuMilli > MostUsed(node) + (node.CpuMilli * UseTolerance) => string.Create(
            CultureInfo.InvariantCulture, $"batch uses {node.Usage.BatchCpuMilli}m, expected {MostUsed(node)}m at most"),
        _ => null,
    };
}
