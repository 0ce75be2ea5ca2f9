namespace Orchestrator.Infra.Traffic;

/// <summary>Waiting for a router that works on its own time.</summary>
internal sealed class Polling(TimeProvider environmentClock, TimeProvider systemClock, TimeSpan limit)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestOnSystemClock = TimeSpan.FromMilliseconds(10);
    private const int LeastReadings = 3;

    private readonly long _started = environmentClock.GetTimestamp();
    private TimeSpan _next = First;
    private int _readings;

    /// <summary>Waits for the next reading. False: the time is over, and at least three readings were made, however fast the environment's clock runs.</summary>
    public async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (++_readings >= LeastReadings && environmentClock.GetElapsedTime(_started) >= limit)
        {
            return false;
        }

        await Task.WhenAll(Task.Delay(_next, environmentClock, cancellationToken), Task.Delay(ShortestOnSystemClock, systemClock, cancellationToken));
        _next = _next * 1.5 < Longest ? _next * 1.5 : Longest;
        return true;
    }
}
