using System.Collections.Immutable;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Infra.FastScaleDown;

/// <summary>What a fast scale-down takes down, by names that need nobody to look them up: neither journal nor stack state.</summary>
/// <param name="Id">Names the order in every request, so that a repetition of it is none to the world.</param>
/// <param name="Clusters">Ids of the clusters whose nodes go back to batch work.</param>
public sealed record ScaleDownOrder(string Id, ImmutableArray<UnitOrder> Units, ImmutableArray<string> Clusters);

/// <summary>A unit whose hosts go. Its database, cache and network stay.</summary>
/// <param name="Cluster">The cluster that its replicas run on; null for a cloud unit.</param>
/// <param name="Region">Of a cloud unit.</param>
/// <param name="HostGroup">Id of a cloud unit's scaling group; null: the stack did not tell, so the hosts must be found by the group's name.</param>
/// <param name="Hosts">That it held when the order was written.</param>
public sealed record UnitOrder(string Unit, UnitKind Kind, string? Cluster, string? Region, string? HostGroup, int Hosts);

/// <summary>What became of one part.</summary>
public enum ScaleDownOutcome
{
    /// <summary>The world has taken it.</summary>
    Done,

    /// <summary>Some of it: the detail names the rest.</summary>
    Partly,

    /// <summary>None of it.</summary>
    Failed,
}

/// <summary>A step of a fast scale-down, as it is written down.</summary>
/// <param name="At">On the system clock.</param>
/// <param name="Kind">traffic, unit or cluster.</param>
/// <param name="Detail">What was done, or what is in the way.</param>
/// <param name="Seconds">Since the order was given, on the system clock.</param>
public sealed record ScaleDownAction(DateTimeOffset At, string Kind, string Id, ScaleDownOutcome Outcome, string Detail, double Seconds);
