using System.Text.Json;

namespace Orchestrator.Bench;

/// <summary>
/// What a server costs that has nothing to do: 100,000 open runs that each wait for a signal, and 1,000 runs that wait for the locks of 1,000
/// others.
/// </summary>
internal static class IdleBench
{
    private const int Runs = 100_000;
    private const int Locked = 1_000;
    private const int AtOnce = 64;
    private static readonly TimeSpan looked = TimeSpan.FromSeconds(20);

    public static Task<Figure> MeasureAsync() => MeasureAsync("idle", () => BenchEngine.OpenAsync(durable: true), store: null);

    public static async Task<Figure> MeasureOnPostgresAsync()
    {
        await using var store = await PostgresStore.StartAsync();
        return await MeasureAsync("idle-postgres", () => BenchEngine.OpenAsync(store), store);
    }

    private static async Task<Figure> MeasureAsync(string name, Func<Task<BenchEngine>> start, PostgresStore? store)
    {
        await using var bench = await start();
        var open = bench.Read("runbook: open\nsteps:\n  - { id: s, wait: { signal: go } }\n");
        var none = JsonSerializer.SerializeToElement(new { });
        var since = TimeProvider.System.GetTimestamp();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) <= Runs) await bench.StartAsync(open, none);
        })));
        var opened = TimeProvider.System.GetElapsedTime(since);
        for (var number = 0; number < Locked; number++)
        {
            var holds = bench.Read($"runbook: holds\nlocks: [ \"unit/u{number}\" ]\nsteps:\n  - {{ id: s, wait: {{ signal: go }} }}\n");
            await bench.StartAsync(holds, none);
        }

        for (var number = 0; number < Locked; number++)
        {
            var waits = bench.Read($"runbook: waits\nlocks: [ \"unit/u{number}\", \"unit/u{(number + 1) % Locked}\" ]\nsteps:\n  - {{ id: s, wait: {{ signal: go }} }}\n");
            await bench.StartAsync(waits, none);
        }

        var filled = TimeProvider.System.GetElapsedTime(since);
        await WhenQuietAsync(bench);
        var samples = new List<double>();
        var served = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            var (cpu, server) = (Environment.CpuUsage.TotalTime, store is null ? default : await store.ReadAsync());
            await Task.Delay(looked, TimeProvider.System);
            samples.Add(100 * (Environment.CpuUsage.TotalTime - cpu) / looked);
            if (store is not null) served.Add(100 * ((await store.ReadAsync()).Cpu - server.Cpu) / looked);
        }

        var figure = Figure.Of(name, "% of a core", samples);
        figure.More["openRuns"] = Runs + (2 * Locked);
        figure.More["openRunsStartedInSeconds"] = Math.Round(opened.TotalSeconds, 1);
        figure.More["lockedRunsStartedInSeconds"] = Math.Round((filled - opened).TotalSeconds, 1);
        figure.More["residentMiB"] = Math.Round(Environment.WorkingSet / 1024.0 / 1024, 1);
        if (served.Count > 0) figure.More["serverPercent"] = Math.Round(Figure.Median(served), 2);
        return figure;
    }

    /// <summary>Until nothing is written any more, and what was started at last is past its first scan.</summary>
    private static async Task WhenQuietAsync(BenchEngine bench)
    {
        long before;
        do
        {
            before = bench.Engine.Position;
            await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);
        }
        while (bench.Engine.Position != before);
    }
}
