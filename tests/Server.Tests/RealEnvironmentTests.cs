namespace Orchestrator.Server.Tests;

/// <summary>
/// With an address for each cluster of the fleet nothing is simulated by this process. A simulated cloud of another process stands for the world, over its
/// Kubernetes API and its metrics alone; that it is one is found out by asking it.
/// </summary>
public sealed class RealEnvironmentTests
{
    private static readonly string[] clusters = ["hz-batch-a", "hz-batch-b", "sh-batch-a", "hz-online"];

    [Fact]
    public async Task With_an_address_for_each_cluster_no_cloud_is_started_and_the_clusters_are_asked()
    {
        using var folder = new Folder();
        var file = folder.Write("look.yaml", "runbook: look\nsteps:\n  - { id: see, run: fleet.survey }\n");
        await using var world = Binary.Start(folder.Path, "cloud", "--port", "0", "--speed", "1");
        var settings = Settings(await world.WhenReadyAsync());

        var served = Binary.Start(folder.Path, settings, "serve", "--data", "a", "--port", "0");
        await using (served)
        {
            await served.WhenReadyAsync();
            await served.WhenSaidAsync("simulated clusters: hz-batch-a, hz-batch-b, sh-batch-a, hz-online");
        }

        var run = await Binary.RunAsync(folder.Path, settings, "run", file, "--data", "b", "--json");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        using var report = System.Text.Json.JsonDocument.Parse(run.Output);
        Assert.Equal(("done", true), (report.RootElement.GetProperty("outcome").GetString(), report.RootElement.GetProperty("simulated").GetBoolean()));
        Assert.All((string[])["a", "b"], data => Assert.False(File.Exists(Path.Combine(folder.Path, data, "environment.json"))));
    }

    [Theory]
    [InlineData("--speed: Infra:Clusters has an address for each cluster of the fleet", "--speed", "60")]
    [InlineData("--start: Infra:Clusters has an address for each cluster of the fleet", "--start", "2026-11-10T18:00:00+08:00")]
    public async Task What_only_a_simulation_has_is_refused(string said, params string[] options)
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, Settings(new Uri("http://127.0.0.1:9/")), ["serve", "--data", "data", "--port", "0", .. options]);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(said, finished.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Settings(Uri world)
    {
        var settings = clusters.ToDictionary(cluster => $"ORCHESTRATOR_Infra__Clusters__{cluster}__Server", cluster => new Uri(world, $"clusters/{cluster}").ToString());
        settings["ORCHESTRATOR_Infra__Metrics__Scrape__0"] = new Uri(world, "stats/prometheus").ToString();
        return settings;
    }
}
