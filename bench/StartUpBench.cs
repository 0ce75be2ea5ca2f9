using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Bench;

/// <summary>From the start of the shipped binary, every role embedded, to the first 200 of /health/ready; resident memory then.</summary>
internal static class StartUpBench
{
    private const int Samples = 10;

    private const int Entries = 1_000_000;
    private const int OpenRuns = 1_000;
    private const int AtOnce = 64;

    private static readonly string[] pages = ["runs", "approvals", "audit", "audit?kind=approval-decided", "fleet", "wall"];

    public static async Task<Figure> MeasureAsync()
    {
        var binary = await BuildAsync();
        var seconds = new List<double>();
        var memory = new List<double>();
        var cpu = new List<double>();
        for (var i = 0; i < Samples; i++)
        {
            var (took, resident, busy, _) = await StartAsync(binary, data: null, []);
            seconds.Add(took);
            memory.Add(resident);
            cpu.Add(busy);
        }

        var figure = Figure.Of("start-up", "s", seconds);
        figure.More["residentMiB"] = Math.Round(Figure.Median(memory), 1);
        figure.More["cpuSecondsPerStart"] = Math.Round(Figure.Median(cpu), 3);
        return figure;
    }

    /// <summary>The same on a journal of a million entries with a thousand open runs in it, and how long each page takes that is asked for first.</summary>
    public static async Task<Figure> MeasureLongJournalAsync()
    {
        var binary = await BuildAsync();
        var data = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        try
        {
            var entries = await FillAsync(data);
            var seconds = new List<double>();
            var memory = new List<double>();
            var firsts = pages.ToDictionary(page => page, _ => new List<double>());
            for (var i = 0; i < 5; i++)
            {
                var (took, resident, _, answers) = await StartAsync(binary, data, pages);
                seconds.Add(took);
                memory.Add(resident);
                foreach (var (page, answered) in answers) firsts[page].Add(answered);
            }

            var figure = Figure.Of("start-up-million", "s", seconds);
            figure.More["entries"] = entries;
            figure.More["residentMiB"] = Math.Round(Figure.Median(memory), 1);
            figure.More["firstAnswerSeconds"] = firsts.ToDictionary(pair => pair.Key, pair => Math.Round(Figure.Median(pair.Value), 3));
            return figure;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Runs that ended, and among them some that wait.</summary>
    private static async Task<long> FillAsync(string data)
    {
        await using var bench = await BenchEngine.OpenAsync(options => (options.DataDirectory, options.Marks) = (data, data));
        var ended = bench.Read("runbook: many\nsteps:\n" + string.Concat(Enumerable.Range(1, 10).Select(step => $"  - {{ id: s{step}, run: bench.noop }}\n")));
        var waiting = bench.Read("runbook: waits\nsteps:\n  - { id: go, approval: { title: Go?, roles: [ lead ] } }\n");
        var inputs = System.Text.Json.JsonSerializer.SerializeToElement(new { });
        for (var open = 0; open < OpenRuns; open++) await bench.StartAsync(waiting, inputs);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (bench.Engine.Position < Entries) await bench.Engine.WhenEndedAsync(await bench.StartAsync(ended, inputs));
        })));
        return bench.Engine.Position;
    }

    /// <summary>The launcher builds when a source changed; that is not what is measured.</summary>
    private static async Task<string> BuildAsync()
    {
        var launcher = Path.Combine(Repository(), "orchestrator");
        using var build = Process.Start(new ProcessStartInfo(launcher, "--version") { RedirectStandardOutput = true })!;
        await build.WaitForExitAsync();
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException("the launcher could not build the binary");
        }

        return Path.Combine(Repository(), "artifacts", "launcher", "orchestrator");
    }

    /// <param name="data">Null: a new folder.</param>
    /// <param name="asked">Pages of the API that are asked for one after the other once the server is ready.</param>
    private static async Task<(double Seconds, double Mebibytes, double CpuSeconds, List<(string Page, double Seconds)> Answers)> StartAsync(string binary, string? data, string[] asked)
    {
        var kept = data is not null;
        data ??= Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        using var client = new HttpClient();
        var since = TimeProvider.System.GetTimestamp();
        using var server = Process.Start(new ProcessStartInfo(binary, ["serve", "--port", "0", "--data", data]) { RedirectStandardOutput = true })!;
        try
        {
            string line;
            do
            {
                line = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server ended before it was ready");
            }
            while (!line.Contains("ready on http", StringComparison.Ordinal));

            // Whoever reads no further lets the server's log wait in the pipe.
            _ = server.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            var url = line[(line.IndexOf("http", StringComparison.Ordinal))..].Split([' ', ','])[0];
            using var ready = await client.GetAsync(new Uri($"{url}health/ready"));
            ready.EnsureSuccessStatusCode();
            var (took, resident, busy) = (TimeProvider.System.GetElapsedTime(since).TotalSeconds, Resident(server.Id), server.TotalProcessorTime.TotalSeconds);
            var answers = new List<(string, double)>();
            foreach (var page in asked)
            {
                since = TimeProvider.System.GetTimestamp();
                using var answer = await client.GetAsync(new Uri($"{url}api/{page}"));
                answer.EnsureSuccessStatusCode();
                answers.Add((page, TimeProvider.System.GetElapsedTime(since).TotalSeconds));
            }

            return (took, resident, busy, answers);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            File.Delete(Path.Combine(data, "environment.json"));
            await WhenCloudIsGoneAsync(data);
            if (!kept) Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>The server's simulated cloud ends with the night's file; its end must not fall into the next sample.</summary>
    private static async Task WhenCloudIsGoneAsync(string data)
    {
        while (Directory.EnumerateFiles("/proc", "cmdline", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true })
            .Any(file => Read(file).Contains(data, StringComparison.Ordinal)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                return "";
            }
        }
    }

    private static double Resident(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("run the bench from the repository");
    }
}
