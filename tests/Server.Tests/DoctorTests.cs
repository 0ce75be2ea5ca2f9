using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class DoctorTests
{
    [Fact]
    public async Task Out_of_the_box_nothing_fails_and_what_is_simulated_is_said()
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, "doctor", "--data", "data", "--json");

        Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
        using var report = JsonDocument.Parse(finished.Output);
        Assert.True(report.RootElement.GetProperty("works").GetBoolean());
        Assert.Equal(["store", "bus", "environment", "stacks"], Findings(report).Select(one => one.GetProperty("connection").GetString()));
        Assert.Contains("Infra:Clusters", Find(report, "environment").GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")), "doctor made the data folder");
    }

    [Fact]
    public async Task A_cloud_that_runs_is_tried_at_every_door_and_says_itself_that_it_is_simulated()
    {
        using var folder = new Folder();
        await using var world = Binary.Start(folder.Path, "cloud", "--port", "0", "--speed", "1");
        var address = await world.WhenReadyAsync();

        var finished = await Binary.RunAsync(folder.Path, "doctor", "--data", "data", "--cloud", address.ToString(), "--json");

        Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
        using var report = JsonDocument.Parse(finished.Output);
        Assert.True(report.RootElement.GetProperty("simulated").GetBoolean());
        foreach (var connection in (string[])["cluster hz-batch-a", "cluster hz-online", "alibaba", "traffic", "metrics"])
        {
            Assert.All(Findings(report).Where(one => one.GetProperty("connection").GetString() == connection), one => Assert.True(one.GetProperty("simulated").GetBoolean()));
            Assert.NotEqual("Fails", Find(report, connection).GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task What_is_away_ends_with_exit_code_4_and_a_fix_for_each()
    {
        using var folder = new Folder();
        var settings = new Dictionary<string, string>
        {
            ["ORCHESTRATOR_Workflows__Store"] = "Host=127.0.0.1;Port=9;Database=x;Username=y;Password=secret-of-mine",
            ["ORCHESTRATOR_Workflows__Bus"] = "amqp://guest:secret-of-mine@127.0.0.1:9/",
            ["ORCHESTRATOR_Infra__Clusters__hz-batch-a__Server"] = "http://127.0.0.1:9/",
            ["ORCHESTRATOR_Infra__Metrics__Prometheus"] = "http://127.0.0.1:9/",
        };

        var finished = await Binary.RunAsync(folder.Path, settings, "doctor", "--data", "data", "--json");

        Assert.Equal(4, finished.ExitCode);
        Assert.DoesNotContain("secret-of-mine", finished.Output + finished.Error, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(finished.Output);
        Assert.False(report.RootElement.GetProperty("works").GetBoolean());
        foreach (var connection in (string[])["store", "bus", "cluster hz-batch-a", "metrics"])
        {
            var finding = Find(report, connection);
            Assert.Equal("Fails", finding.GetProperty("status").GetString());
            Assert.NotEmpty(finding.GetProperty("fix").GetString()!);
        }
    }

    [Fact]
    public async Task A_pulumi_executable_that_is_asked_for_and_missing_fails_with_the_way_to_install_it()
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(
            folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Pulumi__Engine"] = "Cli", ["ORCHESTRATOR_Infra__Pulumi__Executable"] = "no-such-pulumi" }, "doctor", "--data", "data", "--json");

        Assert.Equal(4, finished.ExitCode);
        using var report = JsonDocument.Parse(finished.Output);
        Assert.Contains("no executable 'no-such-pulumi'", Find(report, "stacks").GetProperty("detail").GetString());
        Assert.Contains("https://www.pulumi.com/docs/install/", Find(report, "stacks").GetProperty("fix").GetString());
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")), "doctor made the data folder");
    }

    [Fact]
    public async Task A_wrong_setting_is_bad_input_and_nothing_is_tried()
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Clusters__hz-batch-a__Kubeconfig"] = "nowhere.yaml" }, "doctor", "--data", "data");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("there is no kubeconfig 'nowhere.yaml'", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_there_is_a_line_for_each_check()
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, "doctor", "--data", "data");

        var lines = finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("connection\tcheck\tstatus\tsimulated\tfound\tfix", lines[0]);
        Assert.All(lines, line => Assert.Equal(6, line.Split('\t').Length));
    }

    private static JsonElement[] Findings(JsonDocument report) => [.. report.RootElement.GetProperty("findings").EnumerateArray()];

    private static JsonElement Find(JsonDocument report, string connection) => Findings(report).First(one => one.GetProperty("connection").GetString() == connection);
}
