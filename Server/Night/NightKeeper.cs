using Orchestrator.Infra.Clock;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Server.Night;

/// <summary>
/// Notes once a second how far the night is. The simulated cloud of this process stands still while the process does not
/// run, so the night does as well: the next process goes on from the last note.
/// </summary>
internal sealed class NightKeeper(NightClock clock, string fleet, DataFolder data, Engine engine, TimeProvider wall) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, wall);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await NoteAsync(stoppingToken);
        }
    }

    /// <summary>Writes down how far the night is now.</summary>
    public async Task NoteAsync(CancellationToken cancellationToken)
    {
        var open = await engine.ListAsync(new RunQuery { Open = true, Limit = 1 }, cancellationToken);
        data.WriteNight(new NightFile(clock.GetUtcNow(), clock.Speed, fleet, !open.Runs.IsEmpty));
    }
}
