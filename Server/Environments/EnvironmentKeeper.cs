using Orchestrator.Server.Files;

namespace Orchestrator.Server.Environments;

/// <summary>Touches the night's file while this process lives, so that its cloud knows that somebody still needs it.</summary>
internal sealed class EnvironmentKeeper(DataFolder data, TimeProvider systemClock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>A cloud that nobody came back to ends after this.</summary>
    public static TimeSpan Abandoned { get; } = TimeSpan.FromMinutes(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, systemClock);
        do
        {
            data.TouchEnvironment(systemClock.GetUtcNow());
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Completes when the file is gone, or nobody has touched it for so long that nobody will.</summary>
    public static async Task WhenAbandonedAsync(string file, TimeProvider systemClock, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), systemClock);
        while (File.Exists(file) && systemClock.GetUtcNow() - File.GetLastWriteTimeUtc(file) < Abandoned)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
