using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Server.Tests;

/// <summary>kill -9 at random moments: the run goes on each time, and the cloud's own log shows every effect once.</summary>
public sealed partial class KillTests(ITestOutputHelper output)
{
    private const int Seed = 1111;
    private const int Kills = 20;

    // A night takes at least seven hours of its clock: slow enough that twenty kills come before it is over, also on a quick machine.
    private const string Speed = "350";
    private const string Run = "0192d0c4-1111-7000-8000-000000000011";

    [Fact]
    public Task Every_effect_happens_once_when_the_demo_night_is_killed_twenty_times() => KillAsync(null, Kills);

    /// <summary>The published trace, 1,523 nodes; needs the shared folder.</summary>
    [Fact]
    public async Task Every_effect_happens_once_when_the_night_on_the_trace_is_killed_twenty_times()
    {
        var beside = Path.Combine(Binary.Repository, "..", "shared", "data", "alibaba-trace");
        var trace = Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_TRACE") ?? (Directory.Exists(beside) ? beside : null);
        Assert.SkipWhen(trace is null, "set ORCHESTRATOR_TEST_TRACE to the folder of the trace's nodes.csv and pods.csv");
        using var folder = new Folder();
        var imported = await Binary.RunAsync(
            folder.Path, "fleet", "import", "--nodes", Path.Combine(trace!, "nodes.csv"), "--pods", Path.Combine(trace!, "pods.csv"), "--out", "fleet.yaml");
        Assert.Equal(0, imported.ExitCode);

        await KillAsync(Path.Combine(folder.Path, "fleet.yaml"), Kills);
    }

    [Fact]
    public async Task A_night_with_a_cloud_of_its_own_goes_on_where_the_killed_process_left_it()
    {
        using var folder = new Folder();
        var file = folder.Write("two-moves.yaml", """
            runbook: two-moves
            locks: [ cluster/hz-batch-a ]
            steps:
              - id: survey
                run: fleet.survey
              - id: lend
                run: cluster.shift
                irreversible: true
                with: { cluster: hz-batch-a, to: transitional, waive: { host-probes: test, quotas: test, images: test } }
              - id: rest
                wait: { for: 20m }
              - id: give-back
                run: cluster.shift
                irreversible: true
                with: { cluster: hz-batch-a, to: offline-only, waive: { online-drained: test } }
            """);
        string[] arguments = ["run", file, "--data", "data", "--id", Run];

        await using (var killed = Binary.Start(folder.Path, arguments))
        {
            await killed.WhenSaidAsync("rest  waiting");
            await killed.KillAsync();
        }

        var finished = await Binary.RunAsync(folder.Path, arguments);

        Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
        Assert.False(File.Exists(Path.Combine(folder.Path, "data", "environment.json")), "the night is over, and its cloud ends with the file");
    }

    private async Task KillAsync(string? fleet, int kills)
    {
        using var folder = new Folder();
        var undisturbed = NightAsync(folder, "undisturbed", fleet, 0);

        var disturbed = await NightAsync(folder, "disturbed", fleet, kills);
        var expected = await undisturbed;

        Assert.DoesNotContain(disturbed.CountBy(effect => effect.Once), count => count.Value != 1);
        Assert.Equal(Counted(expected), Counted(disturbed));
    }

    private static IReadOnlyList<string> Counted(IEnumerable<Effect> effects) =>
        [.. effects.CountBy(effect => effect.What).Select(count => $"{count.Key}: {count.Value}").Order(StringComparer.Ordinal)];

    /// <summary>Runs the night against a cloud of its own; gives the effects that the cloud saw.</summary>
    private async Task<List<Effect>> NightAsync(Folder folder, string name, string? fleet, int kills)
    {
        string[] fleetOption = fleet is null ? [] : ["--fleet", fleet];
        await using var cloud = Binary.Start(folder.Path, ["cloud", "--port", "0", "--speed", Speed, "--log", $"{name}.log", .. fleetOption]);
        var address = await cloud.WhenReadyAsync();
        string[] arguments =
        [
            "run", "double-11", "--id", Run, "--cloud", address.ToString(), "--data", name, "--as", "carol",
            "--approve-as", "alice:commander", "--approve-as", "bob:sre-lead", "--json",
            // While it is dead the night goes on: its load test may come to fall on the peak, when home alone is too slow.
            "--input", "p99Objective=60000", "--input", "errorPercent=100", "--input", "testBy=2026-11-13T00:00:00+08:00",
            // Nor does it matter here how much is proven, of a night in which customers leave by the hour while nobody measures.
            "--input", "loadPercent=20", "--input", "waiveCapacity=the process is killed",
        ];
        var random = new Random(Seed);
        var killed = 0;
        while (killed < kills)
        {
            await using var running = Binary.Start(folder.Path, arguments);
            using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(700, 3300)), TimeProvider.System);
            try
            {
                var early = await running.WhenEndedAsync(moment.Token);
                Assert.Fail($"it ended with {early.ExitCode} after {killed} kills: {early.Output}{early.Error}");
            }
            catch (OperationCanceledException)
            {
                await running.KillAsync();
                killed++;
                // These deaths are the test's own, and no expression's: two of them in one turn would put the run in quarantine.
                if (Directory.Exists(Path.Combine(folder.Path, name))) File.Delete(Path.Combine(folder.Path, name, "turns.marks"));
            }
        }

        var finished = await Binary.RunAsync(folder.Path, arguments);
        output.WriteLine($"{name}, killed {killed} times: {finished.Error}");
        using var report = JsonDocument.Parse(finished.Output);
        Assert.True(finished.ExitCode == 0, $"{name} ended with {finished.ExitCode}: {report.RootElement.GetProperty("outcome")}: {report.RootElement.GetProperty("error").GetRawText()}");
        Assert.Equal("done", report.RootElement.GetProperty("outcome").GetString());
        Assert.Equal("[]", report.RootElement.GetProperty("invariants").GetProperty("violations").GetRawText());
        return await EffectsAsync(Path.Combine(folder.Path, $"{name}.log"));
    }

    private static async Task<List<Effect>> EffectsAsync(string log)
    {
        var effects = new List<Effect>();
        await foreach (var line in File.ReadLinesAsync(log))
        {
            using var document = JsonDocument.Parse(line);
            var (kind, target, key, detail) = (Text("kind"), Text("target"), Text("key"), Text("detail"));
            // The lease is how one process shuts out another; it is renewed as often as it takes.
            if (!target.EndsWith("/orchestrator-lease", StringComparison.Ordinal))
            {
                // A load test that was cut short is made anew from its beginning: what nobody measured proves nothing.
                if (target.Contains("load-", StringComparison.Ordinal) || detail.Contains("load-", StringComparison.Ordinal) || key.EndsWith("/load/test/run", StringComparison.Ordinal)) continue;

                // Which wave takes a node follows from how busy the nodes are at that moment.
                key = Waves().Replace(key, "/wave/n");
                // The cloud numbers its resources as they come, and a child run's id holds the time of its start: these differ from night to night.
                var what = kind.StartsWith("resource-", StringComparison.Ordinal) ? CloudIds().Replace(detail, "id") : $"{target} {RunIds().Replace(key, "run")}";
                effects.Add(new Effect($"{kind} {target} {key} {detail}", $"{kind} {what}"));
            }

            string Text(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
        }

        return effects;
    }

    /// <param name="Once">Tells this effect from every other of its night.</param>
    /// <param name="What">Tells what it was, the same in every night.</param>
    private sealed record Effect(string Once, string What);

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex RunIds();

    [GeneratedRegex("/wave/[0-9]+")]
    private static partial Regex Waves();

    // asg-bp1s000029
    [GeneratedRegex(@"\b[a-z]+-bp1s\w+")]
    private static partial Regex CloudIds();
}
