using System.Collections.Immutable;

namespace Orchestrator.Infra.Clusters;

/// <summary>An ElasticQuota (<c>scheduling.sigs.k8s.io/v1alpha1</c>) as the cluster shows it. Amounts are Kubernetes quantities by resource.</summary>
/// <param name="Min">Guaranteed.</param>
/// <param name="Used">Null: the scheduler has not told.</param>
/// <param name="Before">The <c>max</c> that a freeze of ours replaced; null: it is not frozen by us.</param>
public sealed record ClusterQuota(
    string Namespace,
    string Name,
    ImmutableSortedDictionary<string, string> Min,
    ImmutableSortedDictionary<string, string> Max,
    ImmutableSortedDictionary<string, string>? Used,
    ImmutableSortedDictionary<string, string>? Before,
    string ResourceVersion)
{
    /// <summary>Name of the quota of online work.</summary>
    public const string Online = "online";

    /// <summary>Name of the quota of batch work.</summary>
    public const string Batch = "batch";

    /// <summary>Guaranteed CPU in thousandths of a core, that of batch included.</summary>
    public long MinCpuMilli => (long)(Amounts.Of(Min, "cpu") * 1000) + (long)Amounts.Of(Min, NodeNames.BatchCpu);

    /// <summary>
    /// True when batch cannot grow: a freeze of ours stands and nobody has raised a limit beyond what it was (what is used falls behind it
    /// as work ends), or nothing is left below the limits. Null when the use is unknown.
    /// </summary>
    public bool? Frozen => this switch
    {
        { Before: { } before } => Max.All(limit => Amounts.Of(Max, limit.Key) <= Amounts.Of(before, limit.Key)),
        { Used: { } used } => Max.Count > 0 && Max.All(limit => Amounts.Of(Max, limit.Key) <= Amounts.Of(used, limit.Key)),
        _ => null,
    };
}
