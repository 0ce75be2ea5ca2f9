using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Bench;

/// <summary>From the start of the shipped binary, every role embedded, to the first 200 of /health/ready; resident memory then.</summary>
internal static class StartUpBench
{
    private const int Samples = 10;

    public static async Task<Figure> MeasureAsync()
    {
        var launcher = Path.Combine(Repository(), "orchestrator");
        await BuildAsync(launcher);
        var seconds = new List<double>();
        var memory = new List<double>();
        var cpu = new List<double>();
        for (var i = 0; i < Samples; i++)
        {
            var (took, resident, busy) = await StartAsync(Path.Combine(Repository(), "artifacts", "launcher", "orchestrator"));
            seconds.Add(took);
            memory.Add(resident);
            cpu.Add(busy);
        }

        var figure = Figure.Of("start-up", "s", seconds);
        figure.More["residentMiB"] = Math.Round(Figure.Median(memory), 1);
        figure.More["cpuSecondsPerStart"] = Math.Round(Figure.Median(cpu), 3);
        return figure;
    }

    /// <summary>The launcher builds when a source changed; that is not what is measured.</summary>
    private static async Task BuildAsync(string launcher)
    {
        using var build = Process.Start(new ProcessStartInfo(launcher, "--version") { RedirectStandardOutput = true })!;
        await build.WaitForExitAsync();
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException("the launcher could not build the binary");
        }
    }

    private static async Task<(double Seconds, double Mebibytes, double CpuSeconds)> StartAsync(string binary)
    {
        var data = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        using var client = new HttpClient();
        var since = TimeProvider.System.GetTimestamp();
        using var server = Process.Start(new ProcessStartInfo(binary, ["serve", "--port", "0", "--data", data]) { RedirectStandardOutput = true })!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server ended before it was ready");
            var url = line[(line.IndexOf("http", StringComparison.Ordinal))..].Split([' ', ','])[0];
            using var ready = await client.GetAsync(new Uri($"{url}health/ready"));
            ready.EnsureSuccessStatusCode();
            return (TimeProvider.System.GetElapsedTime(since).TotalSeconds, Resident(server.Id), server.TotalProcessorTime.TotalSeconds);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            File.Delete(Path.Combine(data, "environment.json"));
            await WhenCloudIsGoneAsync(data);
            Directory.Delete(data, recursive: true);
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
