using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Bench;

/// <summary>
/// 10,000 open runs on PostgreSQL, each at a wait; their server is killed. Once the process is started again, until the first of its runs goes
/// on; and with a second server beside it over RabbitMQ, from the kill until the first of the dead one's runs goes on there.
/// </summary>
internal static class RecoveryBench
{
    private const int Runs = 10_000;
    private const int Rounds = 5;

    // Due all the time, so that there is always something to go on with.
    private const string Yaml = """
        runbook: open
        inputs: { seconds: { type: integer } }
        steps:
          - id: again
            repeat: { atMost: 1000 }
            steps:
              - { id: rest, wait: { for: "${ inputs.seconds + 's' }" } }
              - { id: work, run: bench.noop }
        """;

    public static async Task<Figure> MeasureAsync()
    {
        var restarts = new List<double>();
        var takeovers = new List<double>();
        await using (var store = await PostgresStore.StartAsync())
        {
            using var servers = new Servers();
            var server = await servers.StartAsync(store, bus: "", "alone", Runs);
            // The first of them are due after 20 s: before that there is nothing to go on with.
            await WhenMovedAsync(store, await PositionAsync(store), "true", Stopwatch.GetTimestamp());
            for (var round = 0; round < Rounds; round++)
            {
                await Servers.KillAsync(server);
                var before = await PositionAsync(store);
                var begun = Stopwatch.GetTimestamp();
                server = await servers.StartAsync(store, bus: "", "alone", runs: 0);
                restarts.Add(await WhenMovedAsync(store, before, "true", begun));
            }
        }

        await using (var store = await PostgresStore.StartAsync())
        await using (var broker = await RabbitServer.StartAsync(virtualHosts: 1))
        {
            var bus = broker.Uri(await broker.TakeVirtualHostAsync()).ToString();
            using var servers = new Servers();
            var (dying, living) = (await servers.StartAsync(store, bus, "first", Runs), await servers.StartAsync(store, bus, "second", runs: 0));
            await WhenMovedAsync(store, await PositionAsync(store), "true", Stopwatch.GetTimestamp());
            for (var round = 0; round < Rounds; round++)
            {
                await WhenSharedAsync(store);
                var shards = await store.QueryAsync($"SELECT coalesce(string_agg(shard::text, ','), '') FROM shards JOIN servers ON owner = instance WHERE name = '{(round % 2 == 0 ? "first" : "second")}'");
                var begun = Stopwatch.GetTimestamp();
                await Servers.KillAsync(dying);
                var before = await PositionAsync(store);
                takeovers.Add(await WhenMovedAsync(store, before, $"('x' || right(replace(run::text, '-', ''), 8))::bit(32)::bigint % {Shards.Count} IN ({shards})", begun));
                (dying, living) = (living, await servers.StartAsync(store, bus, round % 2 == 0 ? "first" : "second", runs: 0));
            }
        }

        var figure = Figure.Of("recovery", "s", restarts);
        figure.More["openRuns"] = Runs;
        figure.More["takeoverSeconds"] = Math.Round(Figure.Median(takeovers), 3);
        figure.More["takeoverSamples"] = takeovers.Select(sample => Math.Round(sample, 3)).ToArray();
        return figure;
    }

    /// <summary>What a server of this bench does: it opens so many runs, says so, and works until it is killed.</summary>
    public static async Task ServeAsync(string store, string bus, string name, int runs)
    {
        await using var bench = await BenchEngine.OpenAsync(options =>
        {
            (options.Store, options.Bus, options.ServerName) = (store, bus.Length == 0 ? null : bus, name);
            options.LoadedRuns = 2 * Runs;
        });
        var runbook = bench.Read(Yaml);
        await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
            await bench.StartAsync(runbook, JsonSerializer.SerializeToElement(new { seconds = 20 + number % 40 })));
        Console.WriteLine("open");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    private static async Task<long> PositionAsync(PostgresStore store) =>
        long.Parse(await store.QueryAsync("SELECT position FROM journal_head"), CultureInfo.InvariantCulture);

    private static async Task<double> WhenMovedAsync(PostgresStore store, long after, string which, long begun)
    {
        while (await store.QueryAsync($"SELECT count(*) FROM transitions WHERE position > {after} AND {which}") == "0")
        {
            if (Stopwatch.GetElapsedTime(begun) > TimeSpan.FromMinutes(1)) throw new InvalidOperationException("Nothing went on within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task WhenSharedAsync(PostgresStore store)
    {
        while (await store.QueryAsync($"SELECT count(*) FROM (SELECT FROM shards WHERE owner IS NOT NULL GROUP BY owner HAVING count(*) = {Shards.Count / 2}) AS shared") != "2")
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        // Three beats, until either may judge the other.
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
    }

    /// <summary>Processes of this bench, which end with it whatever becomes of it.</summary>
    private sealed class Servers : IDisposable
    {
        private readonly List<Process> started = [];

        public async Task<Process> StartAsync(PostgresStore store, string bus, string name, int runs)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
            // Run by the dotnet host, the program is its first argument.
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(RecoveryBench).Assembly.Location);
            foreach (var argument in new[] { "server", store.ConnectionString, bus, name, runs.ToString(CultureInfo.InvariantCulture) }) start.ArgumentList.Add(argument);
            var server = Process.Start(start)!;
            started.Add(server);
            if (runs > 0 && await server.StandardOutput.ReadLineAsync() != "open") throw new InvalidOperationException("The server did not open its runs.");
            return server;
        }

        public static async Task KillAsync(Process server)
        {
            server.Kill();
            await server.WaitForExitAsync();
        }

        public void Dispose()
        {
            foreach (var server in started)
            {
                server.Kill();
                server.WaitForExit();
                server.Dispose();
            }
        }
    }
}
