using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Bench;

/// <summary>
/// Durable runs of a step, an approval and a step, from start to end. A watcher of the journal sees each request, as the console does, and
/// the approval is given at once; a run has resumed when the step behind it executes.
/// </summary>
internal static class ApprovalBench
{
    private const string Yaml = """
        runbook: approved
        steps:
          - { id: before, run: bench.noop }
          - id: go
            approval: { title: Go?, roles: [ lead ] }
          - { id: after, run: bench.mark }
        """;

    public static async Task<Figure> MeasureAsync()
    {
        await using var store = await PostgresStore.StartAsync();
        await using var bench = await BenchEngine.OpenAsync(store);
        return await MeasureAsync("approval-postgres", bench, bench.Marks, store);
    }

    public static async Task<Figure> MeasureOverRabbitAsync()
    {
        await using var cluster = await BenchCluster.StartAsync();
        return await MeasureAsync("approval-rabbit", cluster.Engine, cluster.Worker.Marks, cluster.Store);
    }

    /// <param name="marks">Of the worker.</param>
    private static async Task<Figure> MeasureAsync(string name, BenchEngine bench, Marks marks, PostgresStore store)
    {
        var runbook = bench.Read(Yaml);
        var inputs = JsonSerializer.SerializeToElement(new { });
        var go = new StepPath("go");
        var asked = new ConcurrentDictionary<RunId, TaskCompletionSource>();
        var resumed = new ConcurrentBag<double>();
        using var stopping = new CancellationTokenSource();
        var watching = WatchAsync();

        var figure = await Rounds.MeasureAsync(name, LapAsync, store, steps: 3);

        await stopping.CancelAsync();
        await watching;
        Rounds.Percentiles(figure, "resume", [.. resumed]);
        return figure;

        async Task LapAsync()
        {
            var run = await bench.StartAsync(runbook, inputs);
            await Asked(run).Task;
            asked.TryRemove(run, out _);
            var executing = marks.Expect(run);
            var decided = Stopwatch.GetTimestamp();
            if (await bench.Engine.RequestAsync(run, new DecideApproval(go, "lena", ["lead"], true, null)) is { } refused)
                throw new InvalidOperationException(refused.Message);
            resumed.Add(Stopwatch.GetElapsedTime(decided, await executing).TotalMilliseconds);
            await bench.Engine.WhenEndedAsync(run);
        }

        async Task WatchAsync()
        {
            try
            {
                await foreach (var entry in bench.Engine.WatchAsync(bench.Engine.Position, cancellationToken: stopping.Token))
                {
                    if (entry.Events.Any(happened => happened is ApprovalRequested)) Asked(entry.Run).TrySetResult();
                }
            }
            catch (OperationCanceledException)
            {
                // Measured.
            }
        }

        TaskCompletionSource Asked(RunId run) => asked.GetOrAdd(run, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
