using System.Diagnostics;
using System.Text;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

public abstract class RecoveryTests : IAsyncLifetime
{
    /// <summary>Where the journal is; see <see cref="EngineHarness"/>.</summary>
    private string home = "";

    private protected abstract Task<string> MakeHomeAsync();

    public async ValueTask InitializeAsync() => home = await MakeHomeAsync();

    [Fact]
    public async Task A_task_under_way_goes_on_with_the_same_attempt_and_key()
    {
        RunId run;
        Execution before;
        await using (var harness = await EngineHarness.OpenAsync(home))
        {
            run = await harness.StartAsync(Samples.Gate);
            before = await harness.ActivityControl.NextAsync();
        }

        await using var again = await EngineHarness.OpenAsync(home);
        var after = await again.ActivityControl.NextAsync();
        again.ActivityControl.Open("g");
        var ended = await again.EndOf(run);

        Assert.True(before.Lost.IsCancellationRequested);
        Assert.Equal((before.Attempt, before.Key), (after.Attempt, after.Key));
        Assert.Equal(RunStatus.Done, ended.Status);
    }

    [Fact]
    public async Task An_overdue_timer_fires_at_once()
    {
        var environmentClock = new ManualClock();
        RunId run;
        await using (var harness = await EngineHarness.OpenAsync(home, clocks: new Clocks(environmentClock, TimeProvider.System)))
        {
            run = await harness.StartAsync("""
                runbook: waiting
                steps:
                  - { id: w, wait: { for: 8h } }
                """);
        }

        environmentClock.Advance(TimeSpan.FromDays(1));
        await using var again = await EngineHarness.OpenAsync(home, clocks: new Clocks(environmentClock, TimeProvider.System));

        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_lock_queue_outlives_the_process()
    {
        RunId holder, waiter;
        await using (var harness = await EngineHarness.OpenAsync(home))
        {
            holder = await harness.StartAsync(Samples.Locked("holder", "x", "g"));
            await harness.ActivityControl.NextAsync();
            waiter = await harness.StartAsync(Samples.Locked("waiter", "x", "g"));
            await harness.SeeAsync<LocksRequested>(waiter);
        }

        await using var again = await EngineHarness.OpenAsync(home);
        var locks = await again.Engine.LocksAsync();
        again.ActivityControl.Open("g");

        Assert.Equal([(holder, true), (waiter, false)], locks.Select(view => (view.Run, view.Held)));
        Assert.Equal(RunStatus.Done, (await again.EndOf(holder)).Status);
        Assert.Equal(RunStatus.Done, (await again.EndOf(waiter)).Status);
    }

    [Fact]
    public async Task Messages_between_runs_that_were_lost_are_found()
    {
        RunId parent;
        var control = new ActivityControl();
        await using (var harness = await EngineHarness.OpenAsync(home, control))
        {
            harness.Publish(Samples.Gate);
            parent = await harness.StartAsync("""
                runbook: parent
                steps:
                  - { id: child, runbook: gate }
                """);
            await harness.ActivityControl.NextAsync();
        }

        // The child's end is in the journal, and the process dies before it has told the parent.
        await using (var journal = await EngineHarness.OpenJournalAsync(home))
        {
            var child = (await journal.ListAsync(new RunQuery { Root = parent }, default)).Runs.Single(run => run.Run != parent);
            var stored = (await journal.LoadAsync(child.Run, default))!;
            await journal.AppendAsync(new Transition(
                child.Run, parent, stored.Entries[^1].Version, stored.Entries[^1].At,
                [new StepCompleted(new StepPath("a"), null), new RunEnded(RunOutcome.Done, null)])
            {
                Summary = child with { Status = RunStatus.Done, EndedAt = stored.Entries[^1].At },
                MessagesAdded = [new Message(new MessageId(child.Run, StepPath.Root, MessageKind.TellParent), new TellParent(child.Parent!, RunOutcome.Done, null))],
                Ends = true,
            });
        }

        await using var again = await EngineHarness.OpenAsync(home, control);

        Assert.Equal(RunStatus.Done, (await again.EndOf(parent)).Status);
    }

    [Fact]
    public async Task A_long_run_is_loaded_from_a_snapshot()
    {
        var run = await RunToTheGateAsync();
        // What cannot have come from the journal shows that it was not asked.
        await ReplaceSnapshotAsync(run, text => text.Replace("\"x\"", "\"y\"", StringComparison.Ordinal));

        await using var again = await EngineHarness.OpenAsync(home);
        Assert.Contains("\"y\"", (await again.Engine.GetAsync(run))!.Steps[new StepPath("many/0/say")].Result!.Value.GetRawText(), StringComparison.Ordinal);
        again.ActivityControl.Open("g");
        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_snapshot_of_another_format_is_thrown_away_and_the_journal_folded_again(int newer)
    {
        var run = await RunToTheGateAsync();
        await ReplaceSnapshotAsync(run, text => text
            .Replace($"\"format\":{RunSnapshot.Format}", $"\"format\":{RunSnapshot.Format + newer}", StringComparison.Ordinal)
            .Replace("\"x\"", "\"y\"", StringComparison.Ordinal));

        await using (var again = await EngineHarness.OpenAsync(home, configure: options => options.SnapshotEvery = 20))
        {
            var state = (await again.Engine.GetAsync(run))!;
            Assert.Contains("\"x\"", state.Steps[new StepPath("many/0/say")].Result!.Value.GetRawText(), StringComparison.Ordinal);
            Assert.Equal(101, state.Count(StepStatus.Done) + state.Count(StepStatus.Running));
            // Something small happens, and the run is saved anew.
            Assert.Null(await again.Engine.RequestAsync(run, new ReceiveSignal("any", null, "op")));
        }

        await using (var journal = await EngineHarness.OpenJournalAsync(home))
            Assert.Equal(RunSnapshot.Format, RunSnapshot.FormatOf((await journal.LoadAsync(run, default))!.Snapshot!));

        await using var later = await EngineHarness.OpenAsync(home);
        later.ActivityControl.Open("g");
        Assert.Equal(RunStatus.Done, (await later.EndOf(run)).Status);
    }

    [Fact]
    public async Task What_is_left_of_a_snapshot_that_cannot_be_read_costs_time_and_nothing_else()
    {
        var run = await RunToTheGateAsync();
        await ReplaceSnapshotAsync(run, text => text[..(text.Length / 2)]);

        await using var again = await EngineHarness.OpenAsync(home);
        again.ActivityControl.Open("g");
        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    /// <summary>A run with a snapshot that waits at its last step, and whose server has ended.</summary>
    private async Task<RunId> RunToTheGateAsync()
    {
        await using var harness = await EngineHarness.OpenAsync(home, configure: options => options.SnapshotEvery = 20);
        var run = await harness.StartAsync("""
            runbook: long
            steps:
              - id: many
                forEach: "${ Array.from({ length: 100 }, (_, i) => i) }"
                atMost: 1
                steps:
                  - { id: say, run: test.echo, with: { text: x } }
              - { id: a, run: test.gate, with: { gate: g } }
            """);
        await harness.SeeAsync<TaskScheduled>(run, scheduled => scheduled.Path.Value == "a");
        return run;
    }

    /// <summary>Puts another text in the place of the newest snapshot, as of the next version, since a journal keeps the newest only.</summary>
    private async Task ReplaceSnapshotAsync(RunId run, Func<string, string> change)
    {
        await using var journal = await EngineHarness.OpenJournalAsync(home);
        var stored = (await journal.LoadAsync(run, default))!;
        Assert.True(stored.SnapshotVersion > 30, $"{stored.SnapshotVersion} and {stored.Entries.Count} entries");
        var state = RunState.FromSnapshot(stored.Snapshot!);
        foreach (var happened in stored.Entries[0].Events) state.Apply(happened, stored.Entries[0].At);
        var before = Encoding.UTF8.GetString(state.ToSnapshot());
        var after = change(before);
        Assert.NotEqual(before, after);
        await journal.SaveSnapshotAsync(run, stored.Entries[0].Version, Encoding.UTF8.GetBytes(after));
    }

    [Fact]
    public async Task Every_run_ends_though_the_process_is_killed_again_and_again()
    {
        const int Runs = 12;
        var random = new Random(7);
        for (var kill = 0; kill < 5; kill++)
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
            {
                ArgumentList = { CrashProcess.Argument, home, Runs.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                RedirectStandardOutput = true,
            })!;
            // The child says each step it takes; at a random one it is killed, with others under way.
            for (var steps = random.Next(1, 60); steps > 0 && await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is not null; steps--)
            {
            }

            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        // With the marks that the killed ones left: none of them says anything against a run.
        await using var harness = await EngineHarness.OpenAsync(home, configure: options => options.Marks = options.DataDirectory);
        foreach (var run in CrashProcess.RunIds(Runs))
        {
            await CrashProcess.StartAsync(harness, run);
            Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
            var events = await harness.EventsOf(run);
            Assert.Equal(CrashProcess.Steps, events.OfType<StepCompleted>().Count(completed => completed.Path.Name == "say"));
            var entries = await harness.Engine.ReadAsync(run).ToListAsync();
            Assert.Equal(Enumerable.Range(1, entries.Count).Select(version => (long)version), entries.Select(entry => entry.Version));
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected virtual void Dispose()
    {
    }
}

public sealed class RecoveryOnSqliteTests : RecoveryTests
{
    private readonly TemporaryFolder folder = new();

    private protected override Task<string> MakeHomeAsync() => Task.FromResult(folder.Path);

    private protected override void Dispose() => folder.Dispose();
}

public sealed class RecoveryOnPostgresTests(SharedServers servers) : RecoveryTests
{
    private protected override Task<string> MakeHomeAsync() => PostgresStores.MakeAsync(servers);
}
