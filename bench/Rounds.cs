using System.Diagnostics;
using System.Runtime;

namespace Orchestrator.Bench;

/// <summary>So many lanes that each run one thing after the other, for a warm-up and then for five rounds.</summary>
internal static class Rounds
{
    private const int AtOnce = 32;
    private const int Count = 5;

    /// <param name="lap">One run from start to end.</param>
    /// <param name="store">The server beside the engine, whose share of the costs is said too; or null.</param>
    /// <param name="steps">Of a run, to say bytes and commits a step.</param>
    public static async Task<Figure> MeasureAsync(string name, Func<Task> lap, PostgresStore? store, int steps)
    {
        await WarmUpAsync(lap);

        var rates = new List<double>();
        var stored = store is null ? default : await store.ReadAsync();
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var paused = GC.GetTotalPauseDuration();
        var latencies = new List<double>();
        for (var round = 0; round < Count; round++)
        {
            var (rate, took) = await RoundAsync(lap, TimeSpan.FromSeconds(2));
            rates.Add(rate);
            latencies.AddRange(took);
        }

        var runs = latencies.Count;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        paused = GC.GetTotalPauseDuration() - paused;
        var figure = Figure.Of(name, "runs/s", rates);
        figure.More["atOnce"] = AtOnce;
        figure.More["steps"] = steps;
        // What it costs whatever else the machine does: two cores allow 2,000,000 of these a second.
        figure.More["cpuMicrosecondsPerRun"] = Math.Round(cpu.TotalMicroseconds / runs, 1);
        if (store is not null)
        {
            var (wal, commits, server) = await store.ReadAsync() - stored;
            figure.More["serverCpuMicrosecondsPerRun"] = Math.Round(server.TotalMicroseconds / runs, 1);
            figure.More["walBytesPerStep"] = Math.Round((double)wal / runs / steps, 1);
            figure.More["commitsPerStep"] = Math.Round((double)commits / runs / steps, 4);
        }

        figure.More["allocatedBytesPerRun"] = allocated / runs;
        figure.More["gcPauseMicrosecondsPerRun"] = Math.Round(paused.TotalMicroseconds / runs, 1);
        Percentiles(figure, "", latencies);
        return figure;
    }

    /// <summary>Until the code is compiled with all optimisations: beside other work that takes a while.</summary>
    private static async Task WarmUpAsync(Func<Task> lap)
    {
        await RoundAsync(lap, TimeSpan.FromSeconds(6));
        for (var rounds = 0; rounds < 20; rounds++)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            await RoundAsync(lap, TimeSpan.FromSeconds(2));
            if (JitInfo.GetCompiledMethodCount() - compiled < 25) return;
        }
    }

    public static void Percentiles(Figure figure, string prefix, List<double> milliseconds)
    {
        milliseconds.Sort();
        figure.More[prefix.Length == 0 ? "p50Ms" : $"{prefix}P50Ms"] = Math.Round(milliseconds[milliseconds.Count / 2], 3);
        figure.More[prefix.Length == 0 ? "p99Ms" : $"{prefix}P99Ms"] = Math.Round(milliseconds[milliseconds.Count * 99 / 100], 3);
    }

    public static async Task<(double Rate, List<double> Milliseconds)> RoundAsync(Func<Task> lap, TimeSpan length)
    {
        var begun = Stopwatch.GetTimestamp();
        var lanes = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            var took = new List<double>();
            while (Stopwatch.GetElapsedTime(begun) < length)
            {
                var start = Stopwatch.GetTimestamp();
                await lap();
                took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return took;
        })));
        var all = lanes.SelectMany(took => took).ToList();
        return (all.Count / Stopwatch.GetElapsedTime(begun).TotalSeconds, all);
    }
}
