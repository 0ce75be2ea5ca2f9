namespace Orchestrator.Fleet.Files;

/// <summary>What a cloud unit has beside its hosts and pays for by the hour, by the ids that facts and reports carry.</summary>
public static class UnitResources
{
    public const string Database = "database";

    public const string Cache = "cache";

    public const string Balancer = "balancer";

    public static IReadOnlyList<string> All { get; } = [Database, Cache, Balancer];
}
