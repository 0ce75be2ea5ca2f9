using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Bench;

/// <summary>Runs of ten no-op steps, so many at once, from start to end.</summary>
internal static class RunsBench
{
    private const int AtOnce = 32;
    private const int Rounds = 5;

    private static readonly string yaml =
        "runbook: ten\nsteps:\n" + string.Concat(Enumerable.Range(1, 10).Select(step => $"  - {{ id: s{step}, run: bench.noop }}\n"));

    public static async Task<Figure> MeasureAsync(string name, bool durable)
    {
        await using var bench = await BenchEngine.OpenAsync(durable);
        var runbook = bench.Read(yaml);
        // Long enough for the code to be compiled with all optimisations.
        await RoundAsync(bench, runbook, TimeSpan.FromSeconds(8));

        var rates = new List<double>();
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var paused = GC.GetTotalPauseDuration();
        var latencies = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (rate, took) = await RoundAsync(bench, runbook, TimeSpan.FromSeconds(2));
            rates.Add(rate);
            latencies.AddRange(took);
        }

        latencies.Sort();
        cpu = Environment.CpuUsage.TotalTime - cpu;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        paused = GC.GetTotalPauseDuration() - paused;
        var figure = Figure.Of(name, "runs/s", rates);
        figure.More["atOnce"] = AtOnce;
        figure.More["steps"] = 10;
        // What it costs whatever else the machine does: two cores allow 2,000,000 of these a second.
        figure.More["cpuMicrosecondsPerRun"] = Math.Round(cpu.TotalMicroseconds / latencies.Count, 1);
        figure.More["allocatedBytesPerRun"] = allocated / latencies.Count;
        figure.More["gcPauseMicrosecondsPerRun"] = Math.Round(paused.TotalMicroseconds / latencies.Count, 1);
        figure.More["p50Ms"] = Math.Round(latencies[latencies.Count / 2], 3);
        figure.More["p99Ms"] = Math.Round(latencies[latencies.Count * 99 / 100], 3);
        return figure;
    }

    private static async Task<(double Rate, List<double> Milliseconds)> RoundAsync(BenchEngine bench, Runbook runbook, TimeSpan length)
    {
        var inputs = JsonSerializer.SerializeToElement(new { });
        var begun = Stopwatch.GetTimestamp();
        var lanes = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            var took = new List<double>();
            while (Stopwatch.GetElapsedTime(begun) < length)
            {
                var start = Stopwatch.GetTimestamp();
                var run = await bench.StartAsync(runbook, inputs);
                await bench.Engine.WhenEndedAsync(run);
                took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return took;
        })));
        var all = lanes.SelectMany(took => took).ToList();
        return (all.Count / Stopwatch.GetElapsedTime(begun).TotalSeconds, all);
    }
}
