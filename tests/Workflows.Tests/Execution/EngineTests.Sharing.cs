using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

// Locks between runs, tasks between workers, the journal between its readers.
public abstract partial class EngineTests
{
    [Fact]
    public async Task A_run_waits_for_a_lock_and_says_who_has_it()
    {
        await using var room = await OpenAsync();
        var holder = await room.StartAsync(Samples.Locked("holder", "cluster/*", "first"));
        var held = await room.Stage.NextAsync();

        var waiter = await room.StartAsync(Samples.Locked("waiter", "cluster/a", "second"));
        await room.SeeAsync<LocksRequested>(waiter);
        var locks = await room.Engine.LocksAsync();
        var status = (await room.Engine.FindAsync(waiter))!.Status;
        room.Stage.Open("first");
        var next = await room.Stage.NextAsync();
        room.Stage.Open("second");
        await room.EndOf(waiter);

        Assert.Equal(RunStatus.WaitingForLock, status);
        Assert.Equal([(holder, true), (waiter, false)], locks.Select(view => (view.Run, view.Held)));
        Assert.Equal(holder, Assert.Single(locks[1].WaitsFor));
        Assert.True(next.FencingToken > held.FencingToken && held.FencingToken > 0);
        Assert.Empty(await room.Engine.LocksAsync());
    }

    [Fact]
    public async Task An_emergency_takes_a_lock_over_and_the_loser_pauses_with_an_incident()
    {
        await using var room = await OpenAsync();
        var loser = await room.StartAsync(Samples.Locked("loser", "cluster/*", "first"));
        var held = await room.Stage.NextAsync();

        var emergency = await room.StartAsync(Samples.Locked("emergency", "cluster/a", "second", "lane: emergency"));
        var taken = await room.Stage.NextAsync();
        var lost = await room.SeeAsync<LocksLost>(loser);
        room.Stage.Open("second");
        await room.EndOf(emergency);

        Assert.Equal(emergency, taken.Run);
        Assert.True(taken.FencingToken > held.FencingToken);
        Assert.Equal(emergency, lost.TakenBy);
        Assert.Contains((await room.Engine.FindAsync(loser))!.Status, new[] { RunStatus.Incident, RunStatus.Paused });
    }

    [Fact]
    public async Task A_child_holds_locks_within_its_parents()
    {
        await using var room = await OpenAsync();
        room.Publish(Samples.Locked("inner", "cluster/a", "g"));

        var parent = await room.StartAsync("""
            runbook: outer
            locks: [ "cluster/*" ]
            steps:
              - { id: child, runbook: inner }
            """);
        await room.Stage.NextAsync();
        room.Stage.Open("g");
        var ended = await room.EndOf(parent);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Empty(await room.Engine.LocksAsync());
    }

    [Fact]
    public async Task A_task_whose_lease_ends_is_cancelled_and_goes_to_a_worker_again()
    {
        var wall = new ManualClock();
        await using var room = await OpenAsync(new Clocks(TimeProvider.System, wall));
        var run = await room.StartAsync(Samples.Gate);
        var first = await room.Stage.NextAsync();

        wall.Advance(TimeSpan.FromMinutes(5));
        var second = await room.Stage.NextAsync();
        room.Stage.Open("g");
        var ended = await room.EndOf(run);

        Assert.Equal((first.Key, first.Attempt), (second.Key, second.Attempt));
        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Single((await room.EventsOf(run)).OfType<StepCompleted>(), completed => completed.Path.Value == "a");
    }

    [Fact]
    public async Task Heartbeats_keep_a_long_task_with_its_worker()
    {
        var wall = new ManualClock();
        await using var room = await OpenAsync(new Clocks(TimeProvider.System, wall), options => options.SweepInterval = TimeSpan.FromMinutes(10));
        var run = await room.StartAsync(Samples.Gate);
        await room.Stage.NextAsync();

        for (var beat = 0; beat < 12; beat++)
        {
            var before = Assert.Single(room.Engine.Worker!.Held).LeaseUntil;
            wall.Advance(TimeSpan.FromSeconds(10));
            await Until(() => room.Engine.Worker!.Held.Single().LeaseUntil > before);
        }

        var pending = Assert.Single(await room.Engine.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
        room.Stage.Open("g");
        await room.EndOf(run);

        Assert.Equal(wall.GetUtcNow() + TimeSpan.FromSeconds(30), pending.LeaseUntil);
        Assert.Single(room.Stage.Executions);
    }

    [Fact]
    public async Task Late_and_repeated_results_change_nothing()
    {
        await using var room = await OpenAsync();
        var run = await room.StartAsync("""
            runbook: gates
            steps:
              - { id: a, run: test.gate, with: { gate: g } }
              - { id: b, run: test.gate, with: { gate: h } }
            """);
        await room.Stage.NextAsync();
        var pending = (await room.Engine.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Single();
        var stamp = new Workflows.Model.Bus.TaskStamp(run, pending.Task.Path, false, 1, pending.Token);
        var stale = stamp with { Token = stamp.Token - 1 };

        room.Engine.Router.Post(run, new ResultMail(new Workflows.Model.Bus.ResultMessage(stale, null, null)));
        room.Stage.Open("g");
        await room.Stage.NextAsync();
        room.Engine.Router.Post(run, new ResultMail(new Workflows.Model.Bus.ResultMessage(stamp, null, null)));
        room.Engine.Router.Post(run, new ResultMail(new Workflows.Model.Bus.ResultMessage(stamp, null, new StepError("late", "too late"))));
        room.Stage.Open("h");
        var ended = await room.EndOf(run);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Single((await room.EventsOf(run)).OfType<StepCompleted>(), completed => completed.Path.Value == "a");
        Assert.Equal(2, room.Stage.Executions.Count);
    }

    [Fact]
    public async Task A_mailbox_whose_state_is_behind_the_journal_decides_again()
    {
        await using var room = await OpenAsync();
        var run = await room.StartAsync(Samples.Gate);
        await room.Stage.NextAsync();
        var stored = (await room.Engine.Journal.LoadAsync(run, default))!;
        var foreign = new Transition(run, run, stored.Entries[^1].Version, DateTimeOffset.UnixEpoch, [new SignalReceived("elsewhere", null, "bob")]);

        Assert.False((await room.Engine.Journal.AppendAsync(foreign)).Conflict);
        Assert.Null(await room.Engine.RequestAsync(run, new PauseRun("alice", null)));
        Assert.Null(await room.Engine.RequestAsync(run, new ResumeRun("alice")));
        room.Stage.Open("g");
        await room.EndOf(run);

        var versions = await room.Engine.ReadAsync(run).Select(entry => entry.Version).ToListAsync();
        Assert.Equal(Enumerable.Range(1, versions.Count).Select(version => (long)version), versions);
        Assert.Contains(await room.EventsOf(run), happened => happened is SignalReceived { Name: "elsewhere" });
    }

    [Fact]
    public async Task Runs_beyond_the_cache_are_loaded_again()
    {
        await using var room = await OpenAsync(configure: options => options.LoadedRuns = 3);
        var runbook = room.Read(Samples.Gate);

        var runs = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => room.StartAsync(runbook)));
        foreach (var _ in runs) await room.Stage.NextAsync();
        room.Stage.Open("g");

        foreach (var run in runs) Assert.Equal(RunStatus.Done, (await room.EndOf(run)).Status);
    }

    [Fact]
    public async Task Nothing_is_left_in_the_outbox_when_runs_have_ended()
    {
        await using var room = await OpenAsync();
        room.Publish(Samples.Echo);
        var run = await room.StartAsync("""
            runbook: tidy
            locks: [ "x" ]
            steps:
              - { id: child, runbook: echo }
              - { id: w, wait: { for: 1ms } }
              - { id: a, run: test.echo, with: { text: x }, timeout: 1h }
            """);
        await room.EndOf(run);

        var journal = room.Engine.Journal;
        Assert.Empty(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
        Assert.Empty(await journal.PendingTimersAsync(default));
        Assert.Empty(await journal.PendingMessagesAsync(default));
        Assert.Empty(await room.Engine.LocksAsync());
    }
}
