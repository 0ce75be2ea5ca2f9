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
        await using var harness = await OpenAsync();
        var holder = await harness.StartAsync(Samples.Locked("holder", "cluster/*", "first"));
        var held = await harness.ActivityControl.NextAsync();

        var waiter = await harness.StartAsync(Samples.Locked("waiter", "cluster/a", "second"));
        await harness.SeeAsync<LocksRequested>(waiter);
        var locks = await harness.Engine.LocksAsync();
        var status = (await harness.Engine.FindAsync(waiter))!.Status;
        harness.ActivityControl.Open("first");
        var next = await harness.ActivityControl.NextAsync();
        harness.ActivityControl.Open("second");
        await harness.EndOf(waiter);

        Assert.Equal(RunStatus.WaitingForLock, status);
        Assert.Equal([(holder, true), (waiter, false)], locks.Select(view => (view.Run, view.Held)));
        Assert.Equal(holder, Assert.Single(locks[1].WaitsFor));
        Assert.True(next.FencingToken > held.FencingToken && held.FencingToken > 0);
        Assert.Empty(await harness.Engine.LocksAsync());
    }

    [Fact]
    public async Task An_emergency_takes_a_lock_over_and_the_loser_pauses_with_an_incident()
    {
        await using var harness = await OpenAsync();
        var loser = await harness.StartAsync(Samples.Locked("loser", "cluster/*", "first"));
        var held = await harness.ActivityControl.NextAsync();

        var emergency = await harness.StartAsync(Samples.Locked("emergency", "cluster/a", "second", "lane: emergency"));
        var taken = await harness.ActivityControl.NextAsync();
        var lost = await harness.SeeAsync<LocksLost>(loser);
        harness.ActivityControl.Open("second");
        await harness.EndOf(emergency);

        Assert.Equal(emergency, taken.Run);
        Assert.True(taken.FencingToken > held.FencingToken);
        Assert.Equal(emergency, lost.TakenBy);
        Assert.Contains((await harness.Engine.FindAsync(loser))!.Status, new[] { RunStatus.Incident, RunStatus.Paused });
    }

    [Fact]
    public async Task A_child_holds_locks_within_its_parents()
    {
        await using var harness = await OpenAsync();
        harness.Publish(Samples.Locked("inner", "cluster/a", "g"));

        var parent = await harness.StartAsync("""
            runbook: outer
            locks: [ "cluster/*" ]
            steps:
              - { id: child, runbook: inner }
            """);
        await harness.ActivityControl.NextAsync();
        harness.ActivityControl.Open("g");
        var ended = await harness.EndOf(parent);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Empty(await harness.Engine.LocksAsync());
    }

    [Fact]
    public async Task A_task_whose_lease_ends_is_cancelled_and_goes_to_a_worker_again()
    {
        var systemClock = new ManualClock();
        await using var harness = await OpenAsync(new Clocks(TimeProvider.System, systemClock));
        var run = await harness.StartAsync(Samples.Gate);
        var first = await harness.ActivityControl.NextAsync();

        systemClock.Advance(TimeSpan.FromMinutes(5));
        var second = await harness.ActivityControl.NextAsync();
        harness.ActivityControl.Open("g");
        var ended = await harness.EndOf(run);

        Assert.Equal((first.Key, first.Attempt), (second.Key, second.Attempt));
        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Single((await harness.EventsOf(run)).OfType<StepCompleted>(), completed => completed.Path.Value == "a");
    }

    [Fact]
    public async Task Heartbeats_keep_a_long_task_with_its_worker()
    {
        var systemClock = new ManualClock();
        await using var harness = await OpenAsync(new Clocks(TimeProvider.System, systemClock), options => options.RecoveryScanInterval = TimeSpan.FromMinutes(10));
        var run = await harness.StartAsync(Samples.Gate);
        await harness.ActivityControl.NextAsync();

        for (var heartbeat = 0; heartbeat < 12; heartbeat++)
        {
            var before = Assert.Single(harness.Engine.Worker!.Held).LeaseUntil;
            systemClock.Advance(TimeSpan.FromSeconds(10));
            await Until(() => harness.Engine.Worker!.Held.Single().LeaseUntil > before);
        }

        var pending = Assert.Single(await harness.Engine.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
        harness.ActivityControl.Open("g");
        await harness.EndOf(run);

        Assert.Equal(systemClock.GetUtcNow() + TimeSpan.FromSeconds(30), pending.LeaseUntil);
        Assert.Single(harness.ActivityControl.Executions);
    }

    [Fact]
    public async Task Late_and_repeated_results_change_nothing()
    {
        await using var harness = await OpenAsync();
        var run = await harness.StartAsync("""
            runbook: gates
            steps:
              - { id: a, run: test.gate, with: { gate: g } }
              - { id: b, run: test.gate, with: { gate: h } }
            """);
        await harness.ActivityControl.NextAsync();
        var pending = (await harness.Engine.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Single();
        var taskToken = new Workflows.Model.Bus.TaskToken(run, pending.Task.Path, false, 1, pending.Token);
        var stale = taskToken with { Token = taskToken.Token - 1 };

        harness.Engine.Router.Post(run, new TaskResultRequest(new Workflows.Model.Bus.ResultMessage(stale, null, null)));
        harness.ActivityControl.Open("g");
        await harness.ActivityControl.NextAsync();
        harness.Engine.Router.Post(run, new TaskResultRequest(new Workflows.Model.Bus.ResultMessage(taskToken, null, null)));
        harness.Engine.Router.Post(run, new TaskResultRequest(new Workflows.Model.Bus.ResultMessage(taskToken, null, new StepError("late", "too late"))));
        harness.ActivityControl.Open("h");
        var ended = await harness.EndOf(run);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Single((await harness.EventsOf(run)).OfType<StepCompleted>(), completed => completed.Path.Value == "a");
        Assert.Equal(2, harness.ActivityControl.Executions.Count);
    }

    [Fact]
    public async Task A_mailbox_whose_state_is_behind_the_journal_decides_again()
    {
        await using var harness = await OpenAsync();
        var run = await harness.StartAsync(Samples.Gate);
        await harness.ActivityControl.NextAsync();
        var stored = (await harness.Engine.Journal.LoadAsync(run, default))!;
        var foreign = new Transition(run, run, stored.Entries[^1].Version, DateTimeOffset.UnixEpoch, [new SignalReceived("elsewhere", null, "bob")]);

        Assert.False((await harness.Engine.Journal.AppendAsync(foreign)).Conflict);
        Assert.Null(await harness.Engine.RequestAsync(run, new PauseRun("alice", null)));
        Assert.Null(await harness.Engine.RequestAsync(run, new ResumeRun("alice")));
        harness.ActivityControl.Open("g");
        await harness.EndOf(run);

        var versions = await harness.Engine.ReadAsync(run).Select(entry => entry.Version).ToListAsync();
        Assert.Equal(Enumerable.Range(1, versions.Count).Select(version => (long)version), versions);
        Assert.Contains(await harness.EventsOf(run), happened => happened is SignalReceived { Name: "elsewhere" });
    }

    [Fact]
    public async Task Runs_beyond_the_cache_are_loaded_again()
    {
        await using var harness = await OpenAsync(configure: options => options.LoadedRuns = 3);
        var runbook = harness.Read(Samples.Gate);

        var runs = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => harness.StartAsync(runbook)));
        foreach (var _ in runs) await harness.ActivityControl.NextAsync();
        harness.ActivityControl.Open("g");

        foreach (var run in runs) Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
    }

    [Fact]
    public async Task Nothing_is_left_in_the_outbox_when_runs_have_ended()
    {
        await using var harness = await OpenAsync();
        harness.Publish(Samples.Echo);
        var run = await harness.StartAsync("""
            runbook: tidy
            locks: [ "x" ]
            steps:
              - { id: child, runbook: echo }
              - { id: w, wait: { for: 1ms } }
              - { id: a, run: test.echo, with: { text: x }, timeout: 1h }
            """);
        await harness.EndOf(run);

        var journal = harness.Engine.Journal;
        Assert.Empty(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
        Assert.Empty(await journal.PendingTimersAsync(default));
        Assert.Empty(await journal.PendingMessagesAsync(default));
        Assert.Empty(await harness.Engine.LocksAsync());
    }
}
