using System.Collections.Immutable;
using System.Diagnostics;

namespace Orchestrator.Fleet.Units;

/// <summary>A trading unit's life cycle: which phase may follow which.</summary>
public static class UnitPhases
{
    /// <summary>The phases that may come next. A released unit may be planned again: another night, the same name.</summary>
    public static ImmutableArray<UnitPhase> After(UnitPhase phase) => phase switch
    {
        // A build that ends before anybody looks goes from planned to provisioned.
        UnitPhase.Planned => [UnitPhase.Provisioning, UnitPhase.Provisioned, UnitPhase.Releasing, UnitPhase.Failed],
        UnitPhase.Provisioning => [UnitPhase.Provisioned, UnitPhase.Releasing, UnitPhase.Failed],
        UnitPhase.Provisioned => [UnitPhase.Ready, UnitPhase.Releasing, UnitPhase.Failed],
        // Back to provisioned: a later inspection did not pass.
        UnitPhase.Ready => [UnitPhase.Online, UnitPhase.Provisioned, UnitPhase.Releasing, UnitPhase.Failed],
        UnitPhase.Online => [UnitPhase.Draining, UnitPhase.Failed],
        // To provisioned: it gave up its last hosts, or got its first ones.
        UnitPhase.Draining => [UnitPhase.Online, UnitPhase.Provisioned, UnitPhase.Releasing, UnitPhase.Failed],
        UnitPhase.Releasing => [UnitPhase.Released, UnitPhase.Failed],
        UnitPhase.Released => [UnitPhase.Planned],
        UnitPhase.Failed => [UnitPhase.Provisioning, UnitPhase.Provisioned, UnitPhase.Releasing],
        _ => throw new UnreachableException(),
    };

    public static bool IsLegal(UnitPhase from, UnitPhase to) => After(from).Contains(to);

    /// <summary>The unit holds machines.</summary>
    public static bool IsAlive(this UnitPhase phase) => phase is not UnitPhase.Released;

    /// <summary>The unit may be given traffic.</summary>
    public static bool MayTakeTraffic(this UnitPhase phase) => phase is UnitPhase.Ready or UnitPhase.Online or UnitPhase.Draining;

    /// <summary><c>cloud</c> or <c>big-data</c>.</summary>
    public static string Id(this UnitKind kind) => kind switch
    {
        UnitKind.Cloud => "cloud",
        UnitKind.BigData => "big-data",
        _ => throw new UnreachableException(),
    };
}
