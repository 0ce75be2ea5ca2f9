namespace Orchestrator.Fleet.Units;

/// <summary>Where a trading unit stands in its life.</summary>
public enum UnitPhase { Planned, Provisioning, Provisioned, Ready, Online, Draining, Releasing, Released, Failed }

/// <summary>What a trading unit is built on.</summary>
public enum UnitKind
{
    /// <summary>Cloud instances, rented for the night. Id <c>cloud</c>.</summary>
    Cloud,

    /// <summary>Nodes that a co-located batch cluster lends. Id <c>big-data</c>.</summary>
    BigData,
}
