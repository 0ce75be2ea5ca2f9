namespace Orchestrator.Server.Tests;

/// <summary>A plan is measured against the fleet before anything starts.</summary>
public sealed class CapacityPlanTests
{
    private const string Refused = "error PL107: home carries 55,296 requests a second and the units 4,050, the forecast of 100,000 with a fifth to spare needs 120,000";

    [Theory]
    [InlineData("plan", "double-11", "--input", "hosts=1")]
    [InlineData("run", "double-11", "--data", "data", "--input", "hosts=1")]
    public async Task Too_few_hosts_are_refused_with_the_place_of_the_move(params string[] command)
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, command);

        Assert.Equal(2, finished.ExitCode);
        Assert.Matches(@"double-11\.yaml:\d\d\d:\d+: " + System.Text.RegularExpressions.Regex.Escape(Refused), finished.Error);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")));
    }

    [Theory]
    [InlineData()]
    [InlineData("--input", "hosts=20")]
    [InlineData("--input", "hosts=1", "--input", "waiveCapacity=to see it fail")]
    // Two machines of 64 % for 12 %: on a fleet whose home carries it all.
    [InlineData("--input", "hosts=1", "--fleet", "large.yaml")]
    public async Task Enough_or_a_reason_is_planned(params string[] options)
    {
        using var folder = new Folder();
        folder.Write("large.yaml", (await File.ReadAllTextAsync(Path.Combine(Binary.Repository, "Runbooks", "fleets", "demo.yaml"))) + "home: { cpuMilli: 4000000 }\n");

        var finished = await Binary.RunAsync(folder.Path, ["plan", "double-11", .. options]);

        Assert.True(finished.ExitCode == 0, finished.Error);
    }
}
