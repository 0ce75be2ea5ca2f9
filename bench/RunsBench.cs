using System.Text.Json;

namespace Orchestrator.Bench;

/// <summary>Runs of ten no-op steps, so many at once, from start to end.</summary>
internal static class RunsBench
{
    private const int Steps = 10;

    private static readonly string yaml =
        "runbook: ten\nsteps:\n" + string.Concat(Enumerable.Range(1, Steps).Select(step => $"  - {{ id: s{step}, run: bench.noop }}\n"));

    public static async Task<Figure> MeasureAsync(string name, bool durable)
    {
        await using var bench = await BenchEngine.OpenAsync(durable);
        return await MeasureAsync(name, bench, store: null);
    }

    public static async Task<Figure> MeasureOnPostgresAsync(string name)
    {
        await using var store = await PostgresStore.StartAsync();
        await using var bench = await BenchEngine.OpenAsync(store);
        return await MeasureAsync(name, bench, store);
    }

    private static Task<Figure> MeasureAsync(string name, BenchEngine bench, PostgresStore? store)
    {
        var runbook = bench.Read(yaml);
        var inputs = JsonSerializer.SerializeToElement(new { });
        return Rounds.MeasureAsync(
            name,
            async () =>
            {
                var run = await bench.StartAsync(runbook, inputs);
                await bench.Engine.WhenEndedAsync(run);
            },
            store, Steps);
    }
}
