using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Bench;

/// <summary>One durable run that fans out to 10,000 parallel steps: from start to end, and the process's memory at its peak.</summary>
internal static class FanOutBench
{
    private const int Steps = 10_000;
    private const int Rounds = 5;

    private const string Yaml = """
        runbook: fan-out
        inputs: { items: { type: array } }
        steps:
          - id: all
            forEach: ${ inputs.items }
            steps:
              - { id: do, run: bench.noop }
        """;

    public static async Task<Figure> MeasureAsync()
    {
        await using var bench = await BenchEngine.OpenAsync(durable: true);
        return await MeasureAsync("fan-out", bench);
    }

    /// <summary>With every step over RabbitMQ between an engine and a worker; the memory is both servers'.</summary>
    public static async Task<Figure> MeasureOverRabbitAsync()
    {
        await using var cluster = await BenchCluster.StartAsync();
        return await MeasureAsync("fan-out-rabbit", cluster.Engine);
    }

    private static async Task<Figure> MeasureAsync(string name, BenchEngine bench)
    {
        var runbook = bench.Read(Yaml);
        var inputs = JsonSerializer.SerializeToElement(new { items = Enumerable.Range(0, Steps) });

        var samples = new List<double>();
        var cpu = new List<double>();
        // The first round warms up, and is not counted.
        for (var round = 0; round <= Rounds; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            var before = Environment.CpuUsage.TotalTime;
            var run = await bench.StartAsync(runbook, inputs);
            var ended = await bench.Engine.WhenEndedAsync(run);
            if (ended.Status != RunStatus.Done) throw new InvalidOperationException($"The run ended {ended.Status}.");
            if (round == 0) continue;
            samples.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            cpu.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }

        using var process = Process.GetCurrentProcess();
        var figure = Figure.Of(name, "s", samples);
        figure.More["steps"] = Steps;
        figure.More["cpuSecondsPerRun"] = Math.Round(Figure.Median(cpu), 3);
        figure.More["peakMiB"] = Math.Round(process.PeakWorkingSet64 / 1048576.0, 1);
        return figure;
    }
}
