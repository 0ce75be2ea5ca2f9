using System.Diagnostics;
using System.Globalization;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Triggers;

/// <summary>Two servers on one PostgreSQL and one RabbitMQ, of which one dies in the middle.</summary>
public sealed class TriggerClusterTests(SharedServers servers) : IDisposable
{
    private const int Runbooks = 3;
    private const int TriggersEach = 40;
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(4);

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Each_trigger_starts_one_run_though_a_server_is_killed_while_they_fire()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        var store = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        var rabbit = await servers.RabbitAsync();
        var bus = rabbit.Uri(await rabbit.TakeVirtualHostAsync()).ToString();
        using var end = new CancellationTokenSource(waitLimit);
        using var victim = Start(store, bus);
        await using var harness = await TriggerProcess.OpenHarnessAsync(store, bus, "survivor");
        Assert.Equal(TriggerProcess.Ready, await victim.StandardOutput.ReadLineAsync(end.Token));

        // The victim fires alone at first, then beside the survivor, which may win every fire from then on.
        await PublishAsync(harness, victim, TimeProvider.System.GetUtcNow().AddSeconds(5));
        await SeeStartsAsync(harness, 2 * Runbooks, end.Token);
        await using var server = await TriggerProcess.OpenServerAsync(harness, store, "survivor");
        victim.Kill();
        await victim.WaitForExitAsync(end.Token);
        var runs = await SeeStartsAsync(harness, Runbooks * TriggersEach, end.Token);
        foreach (var run in runs) Assert.Equal(RunStatus.Done, (await harness.Engine.WhenEndedAsync(run, end.Token)).Status);

        while ((await server.Schedules.FiresAsync(null, null, 1000, end.Token)).Length < Runbooks * TriggersEach)
        {
            await server.WhenRecordedAsync();
        }

        var fires = await server.Schedules.FiresAsync(null, null, 1000, end.Token);
        Assert.All(fires, fire => Assert.Equal((FireOutcome.Fired, 0), (fire.Outcome, fire.Missed)));
        Assert.Equal(Runbooks * TriggersEach, fires.Select(fire => fire.Trigger).Distinct().Count());
        Assert.Equal(fires.Select(fire => fire.Run!.Value).OrderBy(run => run.Value), (await ListAsync(harness)).Select(run => run.Run).OrderBy(run => run.Value));
        Assert.Equal(["survivor", "victim"], fires.Select(fire => fire.Server).Distinct().Order());
    }

    public void Dispose() => folder.Dispose();

    private async Task PublishAsync(EngineHarness harness, Process victim, DateTimeOffset first)
    {
        for (var runbook = 0; runbook < Runbooks; runbook++)
        {
            var triggers = Enumerable.Range(0, TriggersEach).Select(second => first.AddSeconds(second))
                .Select(at => string.Create(CultureInfo.InvariantCulture, $"  - cron: \"{at.Second} {at.Minute} {at.Hour} {at.Day} {at.Month} ? {at.Year}\"\n"));
            var text = string.Create(CultureInfo.InvariantCulture, $"runbook: burst-{runbook}\ntriggers:\n{string.Concat(triggers)}steps:\n  - id: say\n    run: test.echo\n    with: {{ text: tide }}\n");
            var file = Path.Combine(folder.Path, string.Create(CultureInfo.InvariantCulture, $"{runbook}.yaml"));
            await File.WriteAllTextAsync(file, text);
            harness.Publish(text);
            await victim.StandardInput.WriteLineAsync(file);
            await victim.StandardInput.FlushAsync();
        }
    }

    /// <summary>Waits until so many runs have started, on whatever server.</summary>
    private static async Task<HashSet<RunId>> SeeStartsAsync(EngineHarness harness, int count, CancellationToken cancellationToken)
    {
        var started = new HashSet<RunId>();
        await foreach (var entry in harness.Engine.WatchAsync(0, cancellationToken: cancellationToken))
        {
            if (entry.Events.Any(happened => happened is RunStarted)) started.Add(entry.Run);
            if (started.Count >= count) break;
        }

        return started;
    }

    private static async Task<List<RunSummary>> ListAsync(EngineHarness harness) => [.. (await harness.Engine.ListAsync(new RunQuery { Limit = 1000 })).Runs];

    private static Process Start(string store, string bus) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
    {
        ArgumentList = { TriggerProcess.Argument, store, bus, "victim" },
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;
}
