using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

public abstract partial class EngineTests : IDisposable
{
    /// <summary>Where the journal is; see <see cref="EngineHarness"/>.</summary>
    private protected abstract Task<string?> HomeAsync();

    private async Task<EngineHarness> OpenAsync(Clocks? clocks = null, Action<WorkflowOptions>? configure = null) =>
        await EngineHarness.OpenAsync(await HomeAsync(), clocks: clocks, configure: configure);

    /// <summary>As when a slow store lets the recovery scan tell it again before it is answered.</summary>
    [Fact]
    public async Task The_end_of_a_child_that_comes_twice_is_no_answer_to_its_undo()
    {
        await using var harness = await OpenAsync();
        harness.Publish("""
            runbook: slow
            steps:
              - { id: first, run: test.echo, with: { text: done }, undo: { run: test.gate, with: { gate: undone } } }
              - { id: second, run: test.gate, with: { gate: never } }
            """);
        var run = await harness.StartAsync("""
            runbook: parent
            onFailure: undo
            steps:
              - { id: child, runbook: slow, timeout: 1s }
            """);
        var asked = await harness.SeeAsync<ChildUndoRequested>(run);
        var ended = await harness.Engine.ReadAsync(asked.Child).FirstAsync(entry => entry.Events.Any(happened => happened is RunEnded));

        harness.Engine.Router.Post(run, new RunMessageRequest(
            new EndChild(asked.Path, asked.Child, RunOutcome.Cancelled, null), new MessageId(asked.Child, StepPath.Root, MessageKind.TellParent, ended.Version)));
        harness.ActivityControl.Open("undone");

        Assert.Equal(RunStatus.Undone, (await harness.EndOf(run)).Status);
    }

    [Fact]
    public async Task Runs_the_steps_in_order_to_the_end()
    {
        await using var harness = await OpenAsync();

        var run = await harness.StartAsync("""
            runbook: two
            steps:
              - { id: a, run: test.echo, with: { text: one } }
              - { id: b, run: test.echo, with: { text: "${ steps.a.result.text } and two" } }
            """);
        var ended = await harness.EndOf(run);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Equal(["a", "b"], harness.ActivityControl.Executions.Select(execution => execution.Path));
        var state = await harness.Engine.GetAsync(run);
        Assert.Equal("one and two", state!.Find(new StepPath("b"))!.Result!.Value.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Starting_twice_with_one_id_starts_one_run()
    {
        await using var harness = await OpenAsync();
        var runbook = harness.Read(Samples.Echo);
        var id = RunId.New(DateTimeOffset.UnixEpoch);

        var starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => harness.Engine.StartAsync(
            new StartRequest(runbook, System.Text.Json.JsonSerializer.SerializeToElement(new { }), "alice") { Id = id })));
        await harness.EndOf(id);
        var late = await harness.Engine.StartAsync(new StartRequest(runbook, System.Text.Json.JsonSerializer.SerializeToElement(new { }), "alice") { Id = id });

        Assert.Single(starts, start => start.Created);
        Assert.False(late.Created);
        Assert.Single(harness.ActivityControl.Executions);
    }

    [Fact]
    public async Task An_input_for_an_unknown_run_is_refused()
    {
        await using var harness = await OpenAsync();

        var refusal = await harness.Engine.RequestAsync(RunId.New(DateTimeOffset.UnixEpoch), new PauseRun("alice", null));

        Assert.Equal("run-not-found", refusal!.Code);
    }

    [Fact]
    public async Task Retries_when_the_nights_clock_says_so()
    {
        var environmentClock = new ManualClock();
        await using var harness = await OpenAsync(new Clocks(environmentClock, TimeProvider.System));
        harness.ActivityControl.Failures = 1;

        var run = await harness.StartAsync("""
            runbook: retrying
            steps:
              - { id: a, run: test.fail, retry: { attempts: 2, delay: 1h } }
            """);
        await harness.SeeAsync<AttemptFailed>(run);
        environmentClock.Advance(TimeSpan.FromHours(2));
        var ended = await harness.EndOf(run);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Equal([1, 2], harness.ActivityControl.Executions.Select(execution => execution.Attempt));
        Assert.Single(harness.ActivityControl.Executions.Select(execution => execution.Key).Distinct());
    }

    [Fact]
    public async Task An_unexpected_exception_opens_an_incident_that_an_operator_answers()
    {
        await using var harness = await OpenAsync();
        harness.ActivityControl.Failures = 1;

        var run = await harness.StartAsync("""
            runbook: failing
            steps:
              - { id: a, run: test.fail }
            """);
        var incident = await harness.SeeAsync<IncidentOpened>(run);
        var refusal = await harness.Engine.RequestAsync(run, new RetryStep(new StepPath("a"), "bob", "it is out"));
        var ended = await harness.EndOf(run);

        Assert.Equal("unexpected", incident.Error.Code);
        Assert.Equal("the disk is on fire", incident.Error.Message);
        Assert.Null(refusal);
        Assert.Equal(RunStatus.Done, ended.Status);
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_are_not_tried_again()
    {
        await using var harness = await OpenAsync();

        var run = await harness.StartAsync("""
            runbook: misfit
            inputs: { text: { type: integer } }
            onFailure: continue
            steps:
              - { id: a, run: test.echo, with: { text: "${ inputs.text }" }, retry: { attempts: 5, delay: 1s } }
            """, new { text = 5 });
        await harness.EndOf(run);

        var failed = Assert.Single((await harness.EventsOf(run)).OfType<AttemptFailed>());
        Assert.Equal("bad-arguments", failed.Error.Code);
        Assert.Null(failed.RetryAt);
        Assert.Empty(harness.ActivityControl.Executions);
    }

    [Fact]
    public async Task A_wait_ends_when_the_nights_clock_reaches_its_time()
    {
        var environmentClock = new ManualClock();
        await using var harness = await OpenAsync(new Clocks(environmentClock, TimeProvider.System));

        var run = await harness.StartAsync("""
            runbook: waiting
            steps:
              - { id: w, wait: { for: 8h } }
            """);
        await harness.SeeAsync<WaitStarted>(run);
        environmentClock.Advance(TimeSpan.FromHours(7));
        var still = await harness.Engine.FindAsync(run);
        environmentClock.Advance(TimeSpan.FromHours(1));
        var ended = await harness.EndOf(run);

        Assert.Equal(RunStatus.Waiting, still!.Status);
        Assert.Equal(TimeSpan.FromHours(8), ended.EndedAt - ended.StartedAt);
    }

    [Fact]
    public async Task A_parent_goes_on_when_its_child_has_ended()
    {
        await using var harness = await OpenAsync();
        harness.Publish(Samples.Echo);

        var parent = await harness.StartAsync("""
            runbook: parent
            steps:
              - { id: child, runbook: echo }
              - { id: after, run: test.echo, with: { text: "${ steps.child.result.outcome }" } }
            """);
        var ended = await harness.EndOf(parent);

        Assert.Equal(RunStatus.Done, ended.Status);
        var tree = await harness.Engine.ListAsync(new RunQuery { Root = parent });
        Assert.Equal(["echo", "parent"], tree.Runs.Select(run => run.Runbook));
        Assert.Equal(new ParentStep(parent, new StepPath("child")), tree.Runs[0].Parent);
        Assert.Equal(["echo"], (await harness.Engine.ListAsync(new RunQuery { Root = parent, Limit = 1 })).Runs.Select(run => run.Runbook));
    }

    [Fact]
    public async Task A_child_that_does_not_exist_fails_its_step()
    {
        await using var harness = await OpenAsync();
        harness.Publish(Samples.Echo);
        var runbook = harness.Read("""
            runbook: orphan
            onFailure: continue
            steps:
              - { id: child, runbook: echo }
            """);
        runbook = runbook with { Steps = [((Workflows.Model.Runbooks.RunbookStep)runbook.Steps[0]) with { Runbook = "gone" }] };

        var run = await harness.StartAsync(runbook);
        var ended = await harness.EndOf(run);

        Assert.Equal(RunStatus.Failed, ended.Status);
        Assert.Contains("gone", (await harness.EventsOf(run)).OfType<StepFailed>().First().Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_gets_its_defaults_and_one_with_inputs_that_do_not_fit_fails_its_step()
    {
        await using var harness = await OpenAsync();
        harness.Publish("""
            runbook: counting
            inputs: { count: { type: integer, default: 3, maximum: 5 } }
            steps:
              - { id: a, run: test.echo, with: { text: "${ 'n' + inputs.count }" } }
            """);

        var run = await harness.StartAsync("""
            runbook: parent
            inputs: { count: { type: integer } }
            onFailure: continue
            steps:
              - { id: fits, runbook: counting }
              - { id: misfit, runbook: counting, with: { count: "${ inputs.count }" } }
            """, new { count = 9 });
        await harness.EndOf(run);

        var child = (await harness.Engine.ListAsync(new RunQuery { Root = run, Runbook = "counting" })).Runs;
        var state = await harness.Engine.GetAsync(Assert.Single(child).Run);
        Assert.Equal("n3", state!.Find(new StepPath("a"))!.Result!.Value.GetProperty("text").GetString());
        Assert.Contains((await harness.EventsOf(run)).OfType<StepFailed>(), failed => failed.Path.Value == "misfit" && failed.Error.Message.Contains("do not fit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fact_is_recorded_once_and_known_to_the_next_attempt()
    {
        await using var harness = await OpenAsync();

        var run = await harness.StartAsync("""
            runbook: facts
            steps:
              - { id: a, run: test.fact, retry: { attempts: 2, delay: 1ms } }
            """);
        await harness.EndOf(run);

        var state = await harness.Engine.GetAsync(run);
        var result = state!.Find(new StepPath("a"))!.Result!.Value;
        Assert.Equal(1, result.GetProperty("known").GetInt32());
        Assert.Equal("[1]", result.GetProperty("facts").GetRawText());
        var facts = await harness.Engine.FactsAsync(0, run).ToListAsync();
        Assert.Equal(1, Assert.Single(facts).Fact.GetInt32());
    }

    [Fact]
    public async Task Progress_is_shown_to_who_watches()
    {
        await using var harness = await OpenAsync();
        var watching = harness.Engine.ProgressAsync(cancellationToken: TestContext.Current.CancellationToken).FirstAsync().AsTask();

        var run = await harness.StartAsync(Samples.Gate);
        var shown = await watching.WaitAsync(EngineHarness.WaitLimit);
        harness.ActivityControl.Open("g");
        await harness.EndOf(run);

        Assert.Equal((run, 0.5, "at g"), (shown.Run, shown.Fraction, shown.Message));
    }

    [Fact]
    public async Task Fans_out_widely_within_the_workers_slots()
    {
        await using var harness = await OpenAsync(configure: options => options.NormalConcurrency = 16);

        var run = await harness.StartAsync("""
            runbook: wide
            inputs: { items: { type: array } }
            steps:
              - id: all
                forEach: ${ inputs.items }
                steps:
                  - { id: say, run: test.echo, with: { text: "${ 'n' + item }" } }
            """, new { items = Enumerable.Range(0, 2000) });
        var ended = await harness.EndOf(run);

        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Equal(2000, harness.ActivityControl.Executions.Select(execution => execution.Key).Distinct().Count());
        Assert.Equal(2000, harness.ActivityControl.Executions.Count);
    }

    [Fact]
    public async Task A_watch_misses_nothing_and_sees_nothing_twice_while_runs_race()
    {
        await using var harness = await OpenAsync();
        var runbook = harness.Read(Samples.Echo);
        using var enough = new CancellationTokenSource(EngineHarness.WaitLimit);
        var ends = 0;
        var watching = Task.Run(async () =>
        {
            var seen = new List<JournalEntry>();
            await foreach (var entry in harness.Engine.WatchAsync(0, null, enough.Token))
            {
                seen.Add(entry);
                ends += entry.Events.Count(happened => happened is RunEnded);
                if (ends == 200) break;
            }

            return seen;
        });

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => harness.StartAsync(runbook)));
        var seen = await watching;

        Assert.Equal(Enumerable.Range(1, seen.Count).Select(position => (long)position), seen.Select(entry => entry.Position));
        Assert.All(seen.GroupBy(entry => entry.Run), run => Assert.Equal(Enumerable.Range(1, run.Count()).Select(version => (long)version), run.Select(entry => entry.Version)));
    }

    [Fact]
    public async Task A_late_watch_of_one_run_sees_it_from_the_beginning()
    {
        await using var harness = await OpenAsync();
        var first = await harness.StartAsync(Samples.Echo);
        var second = await harness.StartAsync(Samples.Echo);
        await harness.EndOf(first);
        await harness.EndOf(second);

        var seen = new List<JournalEntry>();
        await foreach (var entry in harness.Engine.WatchAsync(0, first, TestContext.Current.CancellationToken))
        {
            seen.Add(entry);
            if (entry.Events.Any(happened => happened is RunEnded)) break;
        }

        Assert.All(seen, entry => Assert.Equal(first, entry.Run));
        Assert.IsType<RunStarted>(seen[0].Events[0]);
    }

    [Fact]
    public async Task Lists_runs_newest_first_in_pages()
    {
        await using var harness = await OpenAsync();
        var runs = new List<RunId>();
        for (var index = 0; index < 5; index++) runs.Add(await harness.StartAsync(Samples.Echo));
        foreach (var run in runs) await harness.EndOf(run);

        var first = await harness.Engine.ListAsync(new RunQuery { Limit = 3 });
        var second = await harness.Engine.ListAsync(new RunQuery { Limit = 3, Cursor = first.Next });
        var open = await harness.Engine.ListAsync(new RunQuery { Open = true });

        Assert.Equal(Enumerable.Reverse(runs), first.Runs.Concat(second.Runs).Select(run => run.Run));
        Assert.Null(second.Next);
        Assert.Empty(open.Runs);
        await Assert.ThrowsAsync<FormatException>(() => harness.Engine.ListAsync(new RunQuery { Cursor = "no" }));
    }

    private static async Task Until(Func<bool> condition)
    {
        using var waitLimit = new CancellationTokenSource(EngineHarness.WaitLimit);
        while (!condition())
        {
            Assert.False(waitLimit.IsCancellationRequested, "It did not come about in time.");
            await Task.Yield();
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
