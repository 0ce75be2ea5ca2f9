using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Fleet.Tests;

/// <summary>The profiles and the fleet that ship, read once.</summary>
internal static class Shipped
{
    public static ProfileSet Profiles { get; } = new(ColocationStates.All.Select(ReadProfile));

    public static FleetDefinition DemoFleet { get; } =
        FleetFileReader.Read("demo.yaml", Repository.Text("Runbooks", "fleets", "demo.yaml")).Required;

    private static Profile ReadProfile(ColocationState state) =>
        ProfileReader.Read($"{state.Id()}.yaml", Repository.Text("Runbooks", "profiles", $"{state.Id()}.yaml")).Required;
}
