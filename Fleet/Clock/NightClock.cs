namespace Orchestrator.Fleet.Clock;

/// <summary>Where a night stands against the wall: at <paramref name="Wall"/> it was <paramref name="Night"/>, and the night has run <paramref name="Speed"/> times faster since.</summary>
/// <param name="Speed">Above 0; 1 is the wall's own pace.</param>
public sealed record NightAnchor(DateTimeOffset Night, DateTimeOffset Wall, double Speed);

/// <summary>
/// The night's clock: the one for waits, timers, step timeouts and the simulated cloud. It runs a fixed number of times faster
/// than the wall's. Two clocks with the same <see cref="Anchor"/> agree, also in two processes and after a restart.
/// </summary>
public sealed class NightClock : TimeProvider
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1L);

    private readonly TimeProvider _wall;
    private readonly long _anchorTimestamp;

    /// <exception cref="ArgumentOutOfRangeException">The speed is not a finite number above 0.</exception>
    public NightClock(NightAnchor anchor, TimeProvider? wall = null)
    {
        if (!double.IsFinite(anchor.Speed) || anchor.Speed <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(anchor), anchor.Speed, "The speed of a night is a finite number above 0.");
        }

        Anchor = anchor;
        _wall = wall ?? System;
        _anchorTimestamp = _wall.GetTimestamp();
    }

    /// <summary>What another process needs to go on with the same night.</summary>
    public NightAnchor Anchor { get; }

    public double Speed => Anchor.Speed;

    /// <summary>A night that begins now, at <paramref name="night"/> (default: the wall's time).</summary>
    public static NightClock StartingNow(double speed = 1, DateTimeOffset? night = null, TimeProvider? wall = null)
    {
        var now = (wall ?? System).GetUtcNow();
        return new NightClock(new NightAnchor(night ?? now, now, speed), wall);
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => _wall.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => NightAt(_wall.GetUtcNow());

    public override long GetTimestamp() => (long)((_wall.GetTimestamp() - _anchorTimestamp) * Speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new NightTimer(this, _wall, callback, state, dueTime, period);

    /// <summary>The night's time when the wall's is <paramref name="wall"/>.</summary>
    public DateTimeOffset NightAt(DateTimeOffset wall) => Anchor.Night.ToUniversalTime() + ((wall - Anchor.Wall) * Speed);

    /// <summary>How long <paramref name="night"/> lasts on the wall's clock.</summary>
    public TimeSpan OnTheWall(TimeSpan night)
    {
        if (night <= TimeSpan.Zero)
        {
            return night;
        }

        // The system's timers cut to whole milliseconds: rounding up keeps a timer from firing before its night time.
        var milliseconds = Math.Ceiling(night.TotalMilliseconds / Speed);
        return milliseconds >= LongestTimer.TotalMilliseconds ? LongestTimer : TimeSpan.FromMilliseconds(milliseconds);
    }

    private sealed class NightTimer : ITimer
    {
        private readonly NightClock _clock;
        private readonly ITimer _timer;

        public NightTimer(NightClock clock, TimeProvider wall, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _clock = clock;
            _timer = wall.CreateTimer(callback, state, clock.OnTheWall(dueTime), clock.OnTheWall(period));
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(_clock.OnTheWall(dueTime), _clock.OnTheWall(period));

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
