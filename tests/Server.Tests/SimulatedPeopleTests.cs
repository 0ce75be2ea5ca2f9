using Orchestrator.Fleet.Clock;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;

namespace Orchestrator.Server.Tests;

/// <summary>Simulated people approve where the operator says so, and never beside real clusters.</summary>
public sealed class SimulatedPeopleTests
{
    private static readonly Uri cloud = new("http://127.0.0.1:9/");

    [Theory]
    [InlineData("Fresh", false, false, false, true)]
    [InlineData("GoesOn", false, false, false, true)]
    [InlineData("Fresh", true, false, false, false)]
    [InlineData("Fresh", false, false, true, false)]
    // Whoever answers there may only say that it is simulated.
    [InlineData("Elsewhere", false, false, false, false)]
    [InlineData("Elsewhere", false, true, false, true)]
    public void Approvals_are_simulated_on_a_cloud_of_ones_own_or_when_asked_for(string origin, bool ask, bool asked, bool realCluster, bool simulated)
    {
        var settings = Settings.Load("none.json");
        if (realCluster) settings.Infra.Clusters["hz-batch-a"] = new Infra.Settings.ClusterEndpoint();
        var environment = new PromotionEnvironment(new EnvironmentClock(new ClockAnchor(default, default, 1)), cloud, Enum.Parse<EnvironmentOrigin>(origin), null!);

        var (people, _) = SimulatedPeople.Of(settings, Request() with { Ask = ask, SimulatedPeople = asked }, environment);

        Assert.Equal(simulated, !people.IsEmpty);
    }

    [Fact]
    public void On_a_real_cloud_nobody_is_simulated()
    {
        var environment = new PromotionEnvironment(null, cloud, EnvironmentOrigin.Elsewhere, null!);

        Assert.Empty(SimulatedPeople.Of(Settings.Load("none.json"), Request(), environment).People);
        Assert.Throws<CommandException>(() => SimulatedPeople.Check(Request() with { SimulatedPeople = true }, environment));
        Assert.Throws<CommandException>(() => SimulatedPeople.Check(Request() with { ApproveAs = [Person.Parse("alice:commander")!] }, environment));
    }

    [Theory]
    [InlineData("serve", "--port", "0", "--simulated-people")]
    [InlineData("serve", "--port", "0", "--approve-as", "alice:commander")]
    [InlineData("run", "double-11", "--approve-as", "alice:commander", "--approve-as", "bob:sre-lead")]
    public async Task Beside_real_clusters_it_is_refused_before_anything_starts(params string[] command)
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(
            folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Clusters__hz-batch-a__Kubeconfig"] = "/etc/k8s/a.yaml" }, [.. command, "--data", "data"]);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("nobody is simulated beside real clusters, and Infra:Clusters names hz-batch-a", finished.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public async Task A_cloud_elsewhere_gets_simulated_people_by_the_option_only()
    {
        using var folder = new Folder();
        var file = folder.Write("asking.yaml", "runbook: asking\nsteps:\n  - id: go\n    approval: { title: \"Go?\", roles: [commander], timeout: 5m }\n");
        await using var other = Binary.Start(folder.Path, "cloud", "--port", "0");
        var address = (await other.WhenReadyAsync()).ToString();

        var alone = await Binary.RunAsync(folder.Path, "run", file, "--data", "a", "--cloud", address);
        var simulated = await Binary.RunAsync(folder.Path, "run", file, "--data", "b", "--cloud", address, "--simulated-people");

        // Nobody answered until the approval's time was up.
        Assert.DoesNotContain("approved  by", alone.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, alone.ExitCode);
        Assert.Equal(0, simulated.ExitCode);
        Assert.Contains("approved  by alice as commander (simulated)", simulated.Output, StringComparison.Ordinal);
    }

    private static HostRequest Request() => new(new DataFolder("data"), 0) { Runbooks = [] };
}
