using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Tests.Execution;
using Orchestrator.Workflows.Tests.Journals;

namespace Orchestrator.Workflows.Tests.Tasks;

public sealed class TaskTimeoutTests(SharedServers servers)
{
    [Fact]
    public async Task An_attempt_stops_when_its_time_is_up_though_its_engine_cannot_write_that_down()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var store = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        var environmentClock = new ManualClock();
        await using var harness = await EngineHarness.OpenAsync(store, clocks: new Clocks(environmentClock, TimeProvider.System));
        var run = await harness.StartAsync("""
            runbook: late
            steps:
              - { id: a, run: test.gate, with: { gate: g }, timeout: 5m }
            """);
        var execution = await harness.ActivityControl.NextAsync();
        await using (await HeldLock.TakeAsync(store, "SELECT position FROM journal_head FOR UPDATE"))
        {
            environmentClock.Advance(TimeSpan.FromMinutes(6));
            await WhenAsync(execution.Lost);

            Assert.Empty((await harness.EventsOf(run)).OfType<AttemptFailed>());
        }

        var failed = await harness.SeeAsync<AttemptFailed>(run);
        Assert.Equal("timeout", failed.Error.Code);
    }

    private static async Task WhenAsync(CancellationToken lost)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lost.Register(told.SetResult);
        await told.Task.WaitAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
    }
}
