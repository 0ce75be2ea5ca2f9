using System.Collections.Concurrent;
using System.Diagnostics;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>Spans of an engine that ends and starts again on its journal.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task A_run_that_goes_on_after_a_restart_stays_one_tree()
    {
        using var folder = new TemporaryFolder();
        using var spans = new Spans("traced-gate");
        RunId run;
        await using (var harness = await EngineHarness.OpenAsync(folder.Path))
        {
            run = await harness.StartAsync("runbook: traced-gate\nsteps:\n  - { id: first, run: test.echo, with: { text: a } }\n  - { id: wait, run: test.gate, with: { gate: g } }\n");
            await harness.ActivityControl.NextAsync();
            await harness.ActivityControl.NextAsync();
        }

        await using (var again = await EngineHarness.OpenAsync(folder.Path))
        {
            await again.ActivityControl.NextAsync();
            again.ActivityControl.Open("g");
            await again.EndOf(run);
            var started = (await again.EventsOf(run)).OfType<RunStarted>().Single();
            Assert.Equal(started.Trace, spans.Of("run traced-gate").Id);
        }

        // A task's span ends just after its result is on its way.
        await spans.UntilAsync(all => all.Count(span => span.OperationName == "task") == 3);
        var whole = spans.Of("run traced-gate");
        var all = spans.Stopped.Where(span => span.TraceId == whole.TraceId).ToList();
        Assert.Single(all, span => span.ParentSpanId == default);
        Assert.All(all.Where(span => span != whole), span => Assert.Contains(all, parent => parent.SpanId == span.ParentSpanId));
        // Once in each process; what the first one had under way ends with it.
        var gates = all.Where(span => span.OperationName == "task" && Equals(span.GetTagItem("orchestrator.step"), "wait")).ToList();
        Assert.Equal(2, gates.Count);
        Assert.Equal(2, all.Count(span => span.OperationName == "test.gate"));
        var last = Assert.Single(all, span => span.GetTagItem("orchestrator.run.outcome") is not null);
        Assert.Equal(("turn", "Done"), (last.OperationName, last.GetTagItem("orchestrator.run.outcome")));
        Assert.Contains(last.Links, link => gates.Any(gate => gate.SpanId == link.Context.SpanId));
    }

    [Fact]
    public async Task A_run_that_is_not_recorded_makes_no_spans_and_no_note()
    {
        using var spans = new Spans("another");
        await using var harness = await EngineHarness.OpenAsync();

        var run = await harness.StartAsync("runbook: untraced-echo\nsteps:\n  - { id: first, run: test.echo, with: { text: a } }\n");
        await harness.EndOf(run);

        Assert.DoesNotContain(spans.Stopped, span => Equals(span.GetTagItem("orchestrator.run.id"), run.ToString()));
        Assert.Null((await harness.EventsOf(run)).OfType<RunStarted>().Single().Trace);
    }

    /// <summary>Listens to the runs of one runbook. Other tests of the process go unseen.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener listener;
        private readonly SemaphoreSlim stopped = new(0);

        public Spans(string runbook)
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == EngineTrace.SourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                    options.Name == $"run {runbook}" || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
                ActivityStopped = span =>
                {
                    Stopped.Enqueue(span);
                    stopped.Release();
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public ConcurrentQueue<Activity> Stopped { get; } = new();

        public Activity Of(string name) => Assert.Single(Stopped, span => span.OperationName == name);

        public async Task UntilAsync(Func<IReadOnlyCollection<Activity>, bool> enough)
        {
            while (!enough(Stopped)) Assert.True(await stopped.WaitAsync(EngineHarness.WaitLimit), "no further span ended");
        }

        public void Dispose()
        {
            listener.Dispose();
            stopped.Dispose();
        }
    }
}
