using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Activities.Tests;

/// <summary>The files that ship: runbooks, profiles, the demo fleet.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Runbooks => Path.Combine(Root, "Runbooks");

    public static FleetDefinition DemoFleet { get; } = ReadFleet(Path.Combine(Runbooks, "fleets", "demo.yaml"));

    public static ProfileSet Profiles { get; } = new(
        Directory.EnumerateFiles(Path.Combine(Runbooks, "profiles"), "*.yaml").Select(file => ProfileReader.Read(file, File.ReadAllText(file)).Value!));

    public static FleetDefinition ReadFleet(string file) =>
        FleetFileReader.Read(file, File.ReadAllText(file)) is { Value: { } fleet }
            ? fleet
            : throw new InvalidOperationException($"{file} does not read");

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Orchestrator.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside of the repository");
        }

        return folder;
    }
}
