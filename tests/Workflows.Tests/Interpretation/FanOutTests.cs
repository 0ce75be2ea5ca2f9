using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class FanOutTests
{
    private const int Width = 10_000;

    [Fact]
    public void Ten_thousand_parallel_steps_cost_a_bounded_number_of_events_and_bytes_for_each_result()
    {
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(Enumerable.Range(0, Width).ToArray()), null, Run("a", undo: true))), start: false);
        Start(environmentClock);

        Assert.Equal(Width, environmentClock.Last.Commands.Length);
        Assert.True(environmentClock.Last.Events.Length <= 2 * Width + 2);
        for (var index = 0; index < Width - 1; index++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var decision = environmentClock.Decide(new CompleteTask(new StepPath($"loop/{index}/a"), 1, false, One));
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.Equal(2, decision.Events.Length);
            // A scan over the steps, or a copy of them, would take hundreds of thousands of bytes; the first calls warm up.
            Assert.True(index < 100 || allocated < 32_000, $"result {index} took {allocated} bytes");
        }

        Assert.Equal(1, environmentClock.Run.Count(StepStatus.Running));
        environmentClock.Decide(new CompleteTask(new StepPath($"loop/{Width - 1}/a"), 1, false, One));
        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
        Assert.Equal(Width, environmentClock.Run.Count(StepStatus.Done));
    }

    [Fact]
    public void A_snapshot_of_ten_thousand_steps_is_small_and_reads_back()
    {
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(Enumerable.Range(0, Width).ToArray()), null, Run("a"))), start: false);
        Start(environmentClock);

        var snapshot = environmentClock.Run.ToSnapshot();

        Assert.InRange(snapshot.Length, 1, 600 * Width);
        Assert.Equal(snapshot, RunState.FromSnapshot(snapshot).ToSnapshot());
    }

    private static readonly JsonElement One = JsonSerializer.SerializeToElement(1);

    private static void Start(Driver environmentClock) => environmentClock.Decide(new StartRun(JsonSerializer.SerializeToElement(new { }), "starter", Lane.Normal));
}
