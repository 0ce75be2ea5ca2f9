using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>A turn that throws is tried again with pauses, and then the run is held as an incident.</summary>
public sealed class TurnFaultTests
{
    private readonly ConcurrentDictionary<(RunId Run, string Turn), int> tries = new();
    private readonly ConcurrentDictionary<string, int> failing = new();

    [Theory]
    [InlineData("result a", Samples.Echo)]
    [InlineData("failure a", "runbook: fails\nsteps:\n  - { id: a, run: test.fail, with: {} }\n")]
    [InlineData("timer Wait w", "runbook: waits\nsteps:\n  - { id: w, wait: { for: 1ms } }\n")]
    [InlineData("fact a", "runbook: facts\nsteps:\n  - { id: a, run: test.fact, with: {}, retry: { attempts: 2, delay: 1ms } }\n")]
    public async Task A_turn_that_always_throws_becomes_one_incident_by_name_after_three_tries(string turn, string runbook)
    {
        failing[turn] = int.MaxValue;
        using var metrics = new Counted("orchestrator.turn.faults", "orchestrator.runs.held");
        await using var harness = await OpenAsync();
        harness.ActivityControl.Failures = turn.StartsWith("failure", StringComparison.Ordinal) ? 1 : 0;
        var run = await harness.StartAsync(runbook);
        var other = await harness.StartAsync("runbook: other\nsteps:\n  - { id: z, run: test.echo, with: { text: z } }\n");

        var why = await harness.UntilHeldAsync(run);
        await harness.EndOf(other);

        Assert.Equal(ErrorCodes.EngineFault, why.Code);
        Assert.StartsWith($"Deciding on {turn} failed: InvalidDataException: It broke at {turn}.", why.Message, StringComparison.Ordinal);
        Assert.Single((await harness.EventsOf(run)).OfType<IncidentOpened>());
        Assert.Equal(3, tries[(run, turn)]);
        var summary = (await harness.Engine.FindAsync(run))!;
        Assert.Equal((RunStatus.Incident, ErrorCodes.EngineFault), (summary.Status, summary.Error!.Code));
        // Other tests of the process count too.
        Assert.True(metrics["orchestrator.turn.faults"] >= 3 && metrics["orchestrator.runs.held"] >= 1);
    }

    [Fact]
    public async Task A_turn_that_throws_once_is_decided_the_next_time()
    {
        failing["result a"] = 1;
        await using var harness = await OpenAsync();

        var run = await harness.StartAsync(Samples.Echo);

        Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
        Assert.DoesNotContain(await harness.EventsOf(run), happened => happened is IncidentOpened);
    }

    [Fact]
    public async Task Trying_the_run_again_goes_on_with_the_result_that_waited()
    {
        failing["result a"] = 3;
        await using var harness = await OpenAsync();
        var run = await harness.StartAsync(Samples.Echo);
        await harness.UntilHeldAsync(run);

        Assert.Null(await harness.Engine.RequestAsync(run, new RetryStep(StepPath.Root, "op", null)));

        Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
        Assert.Single((await harness.EventsOf(run)).OfType<TaskScheduled>());
    }

    [Fact]
    public async Task A_timer_that_waited_goes_on_too()
    {
        failing["timer Wait w"] = 3;
        await using var harness = await OpenAsync();
        var run = await harness.StartAsync("runbook: waits\nsteps:\n  - { id: w, wait: { for: 1ms } }\n");
        await harness.UntilHeldAsync(run);

        await harness.Engine.RequestAsync(run, new RetryStep(StepPath.Root, "op", null));

        Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_held_run_is_held_after_a_restart_and_goes_on_when_it_is_tried_again()
    {
        using var folder = new TemporaryFolder();
        failing["result a"] = int.MaxValue;
        RunId run;
        await using (var harness = await OpenAsync(folder.Path))
        {
            run = await harness.StartAsync(Samples.Echo);
            await harness.UntilHeldAsync(run);
        }

        failing.Clear();
        await using var again = await OpenAsync(folder.Path);
        Assert.Equal(RunStatus.Incident, (await again.Engine.FindAsync(run))!.Status);
        Assert.Null(await again.Engine.RequestAsync(run, new RetryStep(StepPath.Root, "op", null)));

        Assert.Equal(RunStatus.Done, (await again.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_run_whose_start_throws_is_there_and_held()
    {
        failing["StartRun"] = 1;
        await using var harness = await OpenAsync();

        var run = await harness.StartAsync(Samples.Echo);

        Assert.Equal(ErrorCodes.EngineFault, (await harness.UntilHeldAsync(run)).Code);
        await harness.Engine.RequestAsync(run, new RetryStep(StepPath.Root, "op", null));
        Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_request_that_throws_is_answered_at_once_and_holds_nothing()
    {
        failing["PauseRun"] = 1;
        await using var harness = await OpenAsync();
        var run = await harness.StartAsync(Samples.Gate);

        var refusal = await harness.Engine.RequestAsync(run, new PauseRun("op", null));
        harness.ActivityControl.Open("g");

        Assert.Equal(ErrorCodes.EngineFault, refusal!.Code);
        Assert.Equal(RunStatus.Done, (await harness.EndOf(run)).Status);
    }

    [Fact]
    public async Task A_held_run_can_be_cancelled_while_its_task_is_under_way()
    {
        failing["PauseRun"] = int.MaxValue;
        await using var harness = await OpenAsync();
        var run = await harness.StartAsync(Samples.Gate);
        var task = await harness.ActivityControl.NextAsync();
        var lost = new TaskCompletionSource();
        await using var told = task.Lost.Register(lost.SetResult);
        for (var ask = 0; ask < 3; ask++) await harness.Engine.RequestAsync(run, new PauseRun("op", null));
        await harness.UntilHeldAsync(run);

        Assert.Null(await harness.Engine.RequestAsync(run, new CancelRun("op", "enough")));

        Assert.Equal(RunStatus.Cancelled, (await harness.EndOf(run)).Status);
        await lost.Task.WaitAsync(EngineHarness.WaitLimit);
    }

    [Fact]
    public async Task An_emergency_takes_the_locks_of_a_held_run_over()
    {
        failing["result held"] = 3;
        await using var harness = await OpenAsync();
        var loser = await harness.StartAsync("""
            runbook: loser
            locks: [ "cluster/*" ]
            steps:
              - { id: held, run: test.echo, with: { text: x } }
              - { id: then, wait: { signal: go } }
            """);
        await harness.UntilHeldAsync(loser);

        var emergency = await harness.StartAsync(Samples.Locked("emergency", "cluster/a", "e", "lane: emergency"));
        harness.ActivityControl.Open("e");

        Assert.Equal(RunStatus.Done, (await harness.EndOf(emergency)).Status);
        // It hears of that as soon as somebody takes it up.
        await harness.Engine.RequestAsync(loser, new RetryStep(StepPath.Root, "op", null));
        Assert.Equal(emergency, (await harness.SeeAsync<LocksLost>(loser)).TakenBy);
    }

    [Fact]
    public void Pauses_grow_from_half_a_second_to_a_minute() =>
        Assert.Equal([0.5, 2, 8, 32, 60, 60], Enumerable.Range(1, 6).Select(count => TurnFaults.Pause(count).TotalSeconds));

    private Task<EngineHarness> OpenAsync(string? home = null) => EngineHarness.OpenAsync(home, configure: options =>
    {
        options.RecoveryScanInterval = TimeSpan.FromMilliseconds(200);
        options.Deciding = (run, turn) =>
        {
            if (!failing.TryGetValue(turn, out var times) || tries.GetValueOrDefault((run, turn)) >= times) return;
            tries.AddOrUpdate((run, turn), 1, (_, tried) => tried + 1);
            throw new InvalidDataException($"It broke at {turn}.");
        };
    });

    /// <summary>What the engine's counters say since it was made.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, long> counts = new();

        public Counted(params string[] names)
        {
            listener.InstrumentPublished = (instrument, meters) =>
            {
                if (names.Contains(instrument.Name)) meters.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
            listener.Start();
        }

        public long this[string name] => counts.GetValueOrDefault(name);

        public void Dispose() => listener.Dispose();
    }
}
