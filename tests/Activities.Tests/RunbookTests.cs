using Orchestrator.Workflows.Interpretation;

namespace Orchestrator.Activities.Tests;

public sealed class RunbookTests
{
    public static TheoryData<string> Names { get; } =
        [.. Directory.EnumerateFiles(Repository.Runbooks, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_runbook_that_ships_is_valid(string name)
    {
        await using var cloud = await TestCloud.OpenAsync();

        Assert.Equal(name, TestNight.Read(cloud.Services, name).Name);
    }

    [Fact]
    public async Task Double_11_lends_builds_rides_the_peak_and_gives_everything_back()
    {
        await using var night = await TestNight.OpenAsync();

        var run = await night.RunAsync("double-11");

        Assert.Equal(RunStatus.Done, run.Status);
        var report = await night.ResultAsync(run.Run, "night/report");
        Assert.Empty(report.GetProperty("invariants").GetProperty("broken").EnumerateArray());
        Assert.All(report.GetProperty("report").GetProperty("clusters").EnumerateArray(), cluster =>
            Assert.Equal("offline-only", cluster.GetProperty("state").GetString()));
        Assert.All(report.GetProperty("report").GetProperty("units").EnumerateArray(), unit => Assert.True(unit.GetProperty("released").GetBoolean()));
        Assert.InRange(report.GetProperty("report").GetProperty("totals").GetProperty("shareOfPeakOnCloud").GetDouble(), 0.6, 1);
    }
}
