using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>Looking things up in a data folder that no process works on.</summary>
public sealed class ReadingTests
{
    [Fact]
    public async Task Runs_and_ledger_of_a_finished_night_are_read_without_a_server()
    {
        using var folder = new Folder();
        var file = folder.Write("look.yaml", "runbook: look\nsteps:\n  - { id: look, run: fleet.survey }\n");
        await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--json");

        var runs = await Binary.RunAsync(folder.Path, "runs", "list", "--data", "data", "--json");
        var ledger = await Binary.RunAsync(folder.Path, "fleet", "ledger", "--data", "data", "--json");

        Assert.Equal((0, 0), (runs.ExitCode, ledger.ExitCode));
        using var page = JsonDocument.Parse(runs.Output);
        Assert.Equal("done", page.RootElement.GetProperty("items")[0].GetProperty("status").GetString());
        using var entries = JsonDocument.Parse(ledger.Output);
        Assert.Equal(4, entries.RootElement.GetProperty("nodes").GetArrayLength());
        // The night is long over on the wall: what stood then is told until the last fact, not until today.
        var report = entries.RootElement.GetProperty("report");
        Assert.InRange(report.GetProperty("to").GetDateTimeOffset() - report.GetProperty("from").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task Reading_moves_no_unfinished_run_on()
    {
        using var folder = new Folder();
        var file = folder.Write("rest.yaml", "runbook: rest\nsteps:\n  - { id: rest, wait: { signal: wake } }\n  - { id: look, run: fleet.survey }\n");
        await using (var killed = Binary.Start(folder.Path, "run", file, "--data", "data"))
        {
            await killed.WhenSaidAsync("rest  waiting");
            await killed.KillAsync();
        }

        var first = await Binary.RunAsync(folder.Path, "runs", "list", "--data", "data", "--json");
        var second = await Binary.RunAsync(folder.Path, "runs", "list", "--data", "data", "--json");

        Assert.Equal(0, first.ExitCode);
        Assert.Contains("waiting-for-signal", first.Output, StringComparison.Ordinal);
        Assert.Equal(first.Output, second.Output);
    }
}
