using Orchestrator.Fleet.Units;

namespace Orchestrator.Infra.Provisioning;

/// <summary>Where the programs that ship with the product lie.</summary>
public static class StackPrograms
{
    /// <summary>The directory of the program that builds a unit of this kind.</summary>
    public static string For(UnitKind kind) => Path.Combine(AppContext.BaseDirectory, "Stacks", kind == UnitKind.Cloud ? "cloud-unit" : "big-data-unit");
}
