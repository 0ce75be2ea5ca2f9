using System.Diagnostics;
using Orchestrator.Servers;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>A run whose turn ends the process, again and again, becomes an incident; the others go on.</summary>
public sealed class QuarantineTests(SharedServers servers) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Marks => Path.Combine(folder.Path, "a");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("fail-fast")]
    [InlineData("overflow")]
    public async Task A_run_that_took_two_processes_down_is_an_incident_in_the_third_and_the_others_end(string way)
    {
        await DieAsync(folder.Path, Marks, way);
        await DieAsync(folder.Path, Marks, way);

        await HoldAsync(folder.Path, Marks, way);

        await using var harness = await KillerProcess.OpenAsync(folder.Path, Marks);
        var held = (await harness.Engine.FindAsync(KillerProcess.Victim))!;
        Assert.Equal((RunStatus.Incident, ErrorCodes.Quarantined), (held.Status, held.Error!.Code));
        foreach (var run in KillerProcess.Others) Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
        Assert.Null(await harness.Engine.RequestAsync(KillerProcess.Victim, new RetryStep(StepPath.Root, "op", "fixed")));
        Assert.Equal(RunStatus.Done, (await harness.EndOf(KillerProcess.Victim)).Status);
    }

    [Fact]
    public async Task Trying_it_again_gives_it_another_try_and_one_more_death_brings_the_quarantine_back()
    {
        await DieAsync(folder.Path, Marks);
        await DieAsync(folder.Path, Marks);

        await DieAsync(folder.Path, Marks, first: "retry");
        await HoldAsync(folder.Path, Marks);

        await using var harness = await KillerProcess.OpenAsync(folder.Path, Marks);
        Assert.Equal(2, (await harness.EventsOf(KillerProcess.Victim)).OfType<IncidentOpened>().Count());
        Assert.Null(await harness.Engine.RequestAsync(KillerProcess.Victim, new CancelRun("op", "enough")));
        Assert.Equal(RunStatus.Cancelled, (await harness.EndOf(KillerProcess.Victim)).Status);
    }

    [Fact]
    public async Task A_server_that_takes_over_knows_how_often_the_other_died()
    {
        var home = await PostgresStores.MakeAsync(servers);
        await DieAsync(home, Marks);
        await DieAsync(home, Marks);

        await HoldAsync(home, Path.Combine(folder.Path, "b"));
    }

    [Fact]
    public async Task Two_servers_that_die_of_it_in_turn_count_together()
    {
        var home = await PostgresStores.MakeAsync(servers);
        var other = Path.Combine(folder.Path, "b");
        // No other run, so that each mark tells which it was.
        await DieAsync(home, Marks, first: "alone");
        await DieAsync(home, other, first: "alone");

        // Each tells what it died of when it starts again; the store then has both.
        await using (await KillerProcess.OpenAsync(home, Marks, options => options.Roles = Workflows.Model.Membership.ServerRoles.Worker | Workflows.Model.Membership.ServerRoles.Api))
        {
        }

        await HoldAsync(home, other);
    }

    [Fact]
    public async Task One_death_is_no_quarantine_and_a_turn_that_goes_well_clears_it()
    {
        await DieAsync(folder.Path, Marks);

        await using (var harness = await KillerProcess.OpenAsync(folder.Path, Marks))
        {
            Assert.Equal(RunStatus.Done, (await harness.EndOf(KillerProcess.Victim)).Status);
            Assert.DoesNotContain(await harness.EventsOf(KillerProcess.Victim), happened => happened is IncidentOpened);
        }

        await using var journal = await EngineHarness.OpenJournalAsync(folder.Path);
        Assert.Equal("{}", (await journal.FindDocumentAsync("engine/crashes", default))!.Body);
    }

    [Fact]
    public async Task A_person_puts_a_run_in_quarantine_at_the_start_of_a_server()
    {
        RunId run, other;
        await using (var harness = await EngineHarness.OpenAsync(folder.Path))
        {
            run = await harness.StartAsync(Samples.Gate);
            other = await harness.StartAsync(Samples.Gate);
            await harness.ActivityControl.NextAsync();
            await harness.ActivityControl.NextAsync();
        }

        await using var again = await EngineHarness.OpenAsync(folder.Path, configure: options => options.Quarantine.Add(run.Value));
        var why = await again.UntilHeldAsync(run);
        again.ActivityControl.Open("g");
        await again.EndOf(other);

        Assert.Equal(ErrorCodes.Quarantined, why.Code);
        Assert.StartsWith("An operator put the run in quarantine", why.Message, StringComparison.Ordinal);
        Assert.Single(again.ActivityControl.Executions, execution => execution.Run == other);
        Assert.DoesNotContain(again.ActivityControl.Executions, execution => execution.Run == run);
        Assert.Null(await again.Engine.RequestAsync(run, new RetryStep(StepPath.Root, "op", null)));
        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_run_that_does_not_exist_yet_starts_held()
    {
        var run = new RunId(Guid.NewGuid());
        await using var harness = await EngineHarness.OpenAsync(folder.Path, configure: options => options.Quarantine.Add(run.Value));

        await harness.StartAsync(Samples.Echo, id: run);

        Assert.Equal(RunStatus.Incident, (await harness.Engine.FindAsync(run))!.Status);
        Assert.Null(await harness.Engine.RequestAsync(run, new RetryStep(StepPath.Root, "op", null)));
        Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
    }

    [Fact]
    public void What_a_process_had_not_ended_is_read_by_the_next_and_what_it_had_is_not()
    {
        var (one, other) = (RunId.New(DateTimeOffset.UnixEpoch), RunId.New(DateTimeOffset.UnixEpoch));
        using (var marks = TurnMarks.Open(Marks))
        {
            marks.Begin(one, 7);
            marks.End(marks.Begin(other, 8));
        }

        using var next = TurnMarks.Open(Marks);
        Assert.Equal(new TurnMark(one, 7), Assert.Single(next.Read()));
        Assert.Throws<IOException>(() => TurnMarks.Open(Marks));
        next.Clear();
        Assert.Empty(next.Read());
    }

    private static async Task DieAsync(string home, string marks, string way = "fail-fast", string first = "none")
    {
        var (code, output, error) = await RunAsync(home, marks, way, first);

        Assert.True(code != 0 && !output.Contains(KillerProcess.Held, StringComparison.Ordinal), $"{code}: {output}{error}");
        Assert.Contains(way == "overflow" ? "overflow" : "ends the process within a turn", error, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task HoldAsync(string home, string marks, string way = "fail-fast")
    {
        var (code, output, error) = await RunAsync(home, marks, way, "none");

        Assert.True(code == 0 && output.Contains(KillerProcess.Held, StringComparison.Ordinal), $"{code}: {output}{error}");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string home, string marks, string way, string first)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { KillerProcess.Argument, home, marks, way, first },
            Environment = { ["DOTNET_DbgEnableMiniDump"] = "0" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
