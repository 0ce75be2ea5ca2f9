using System.Diagnostics;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Tests.Execution;

public sealed class RecoveryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task A_task_under_way_goes_on_with_the_same_attempt_and_key()
    {
        RunId run;
        Execution before;
        await using (var room = await EngineRoom.OpenAsync(folder.Path))
        {
            run = await room.StartAsync(Samples.Gate);
            before = await room.Stage.NextAsync();
        }

        await using var again = await EngineRoom.OpenAsync(folder.Path);
        var after = await again.Stage.NextAsync();
        again.Stage.Open("g");
        var ended = await again.EndOf(run);

        Assert.True(before.Lost.IsCancellationRequested);
        Assert.Equal((before.Attempt, before.Key), (after.Attempt, after.Key));
        Assert.Equal(RunStatus.Done, ended.Status);
    }

    [Fact]
    public async Task An_overdue_timer_fires_at_once()
    {
        var night = new ManualClock();
        RunId run;
        await using (var room = await EngineRoom.OpenAsync(folder.Path, clocks: new Clocks(night, TimeProvider.System)))
        {
            run = await room.StartAsync("""
                runbook: waiting
                steps:
                  - { id: w, wait: { for: 8h } }
                """);
        }

        night.Advance(TimeSpan.FromDays(1));
        await using var again = await EngineRoom.OpenAsync(folder.Path, clocks: new Clocks(night, TimeProvider.System));

        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_lock_queue_outlives_the_process()
    {
        RunId holder, waiter;
        await using (var room = await EngineRoom.OpenAsync(folder.Path))
        {
            holder = await room.StartAsync(Samples.Locked("holder", "x", "g"));
            await room.Stage.NextAsync();
            waiter = await room.StartAsync(Samples.Locked("waiter", "x", "g"));
            await room.SeeAsync<LocksRequested>(waiter);
        }

        await using var again = await EngineRoom.OpenAsync(folder.Path);
        var locks = await again.Engine.LocksAsync();
        again.Stage.Open("g");

        Assert.Equal([(holder, true), (waiter, false)], locks.Select(view => (view.Run, view.Held)));
        Assert.Equal(RunStatus.Done, (await again.EndOf(holder)).Status);
        Assert.Equal(RunStatus.Done, (await again.EndOf(waiter)).Status);
    }

    [Fact]
    public async Task Messages_between_runs_that_were_lost_are_found()
    {
        RunId parent;
        var stage = new Stage();
        await using (var room = await EngineRoom.OpenAsync(folder.Path, stage))
        {
            room.Publish(Samples.Gate);
            parent = await room.StartAsync("""
                runbook: parent
                steps:
                  - { id: child, runbook: gate }
                """);
            await room.Stage.NextAsync();
        }

        // The child's end is in the journal, and the process dies before it has told the parent.
        await using (var journal = Workflows.Journals.Sqlite.SqliteJournal.Open(folder.Path, TimeProvider.System))
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

        await using var again = await EngineRoom.OpenAsync(folder.Path, stage);

        Assert.Equal(RunStatus.Done, (await again.EndOf(parent)).Status);
    }

    [Fact]
    public async Task A_long_run_is_loaded_from_a_snapshot()
    {
        RunId run;
        await using (var room = await EngineRoom.OpenAsync(folder.Path, configure: options => options.SnapshotEvery = 20))
        {
            run = await room.StartAsync("""
                runbook: long
                steps:
                  - id: many
                    forEach: "${ Array.from({ length: 100 }, (_, i) => i) }"
                    atMost: 1
                    steps:
                      - { id: say, run: test.echo, with: { text: x } }
                  - { id: a, run: test.gate, with: { gate: g } }
                """);
            await room.SeeAsync<TaskScheduled>(run, scheduled => scheduled.Path.Value == "a");
        }

        await using (var journal = Workflows.Journals.Sqlite.SqliteJournal.Open(folder.Path, TimeProvider.System))
        {
            var stored = (await journal.LoadAsync(run, default))!;
            Assert.True(stored.SnapshotVersion > 30, $"{stored.SnapshotVersion} and {stored.Entries.Count} entries");
        }

        await using var again = await EngineRoom.OpenAsync(folder.Path);
        again.Stage.Open("g");
        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    [Fact]
    public async Task Every_run_ends_though_the_process_is_killed_again_and_again()
    {
        const int Runs = 12;
        var random = new Random(7);
        var log = Path.Combine(folder.Path, "effects.log");
        for (var kill = 0; kill < 5; kill++)
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
            {
                ArgumentList = { CrashProcess.Argument, folder.Path, Runs.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                RedirectStandardOutput = true,
            })!;
            // The child says each step it takes; at a random one it is killed, with others under way.
            for (var steps = random.Next(1, 60); steps > 0 && await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is not null; steps--)
            {
            }

            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var room = await EngineRoom.OpenAsync(folder.Path);
        foreach (var run in CrashProcess.RunIds(Runs))
        {
            await CrashProcess.StartAsync(room, run);
            Assert.Equal(RunStatus.Done, (await room.EndOf(run)).Status);
            var events = await room.EventsOf(run);
            Assert.Equal(CrashProcess.Steps, events.OfType<StepCompleted>().Count(completed => completed.Path.Name == "say"));
            var entries = await room.Engine.ReadAsync(run).ToListAsync();
            Assert.Equal(Enumerable.Range(1, entries.Count).Select(version => (long)version), entries.Select(entry => entry.Version));
        }
    }

    public void Dispose() => folder.Dispose();
}
