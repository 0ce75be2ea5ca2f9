namespace Orchestrator.Fleet.Clock;

/// <summary>How the two clocks belong together: at <paramref name="SystemTime"/> the environment's clock showed <paramref name="EnvironmentTime"/>, and it has run <paramref name="Speed"/> times faster since.</summary>
/// <param name="Speed">Above 0; 1 is the system clock's pace.</param>
public sealed record ClockAnchor(DateTimeOffset EnvironmentTime, DateTimeOffset SystemTime, double Speed);

/// <summary>
/// The clock of a promotion's environment: the one for waits, timers, step timeouts and the simulated cloud. It runs a fixed number of times faster
/// than the system clock. Two clocks with the same <see cref="Anchor"/> agree, also in two processes and after a restart.
/// </summary>
public sealed class EnvironmentClock : TimeProvider
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1L);

    private readonly TimeProvider _systemClock;
    private readonly long _anchorTimestamp;

    /// <exception cref="ArgumentOutOfRangeException">The speed is not a finite number above 0.</exception>
    public EnvironmentClock(ClockAnchor anchor, TimeProvider? systemClock = null)
    {
        if (!double.IsFinite(anchor.Speed) || anchor.Speed <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(anchor), anchor.Speed, "The speed of a clock is a finite number above 0.");
        }

        Anchor = anchor;
        _systemClock = systemClock ?? System;
        _anchorTimestamp = _systemClock.GetTimestamp();
    }

    /// <summary>What another process needs to go on with the same clock.</summary>
    public ClockAnchor Anchor { get; }

    public double Speed => Anchor.Speed;

    /// <summary>A clock that shows <paramref name="start"/> now (default: the system clock's time).</summary>
    public static EnvironmentClock StartingNow(double speed = 1, DateTimeOffset? start = null, TimeProvider? systemClock = null)
    {
        var now = (systemClock ?? System).GetUtcNow();
        return new EnvironmentClock(new ClockAnchor(start ?? now, now, speed), systemClock);
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => _systemClock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => EnvironmentAt(_systemClock.GetUtcNow());

    public override long GetTimestamp() => (long)((_systemClock.GetTimestamp() - _anchorTimestamp) * Speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ClockTimer(this, _systemClock, callback, state, dueTime, period);

    /// <summary>What this clock shows at <paramref name="systemTime"/>.</summary>
    public DateTimeOffset EnvironmentAt(DateTimeOffset systemTime) => Anchor.EnvironmentTime.ToUniversalTime() + ((systemTime - Anchor.SystemTime) * Speed);

    /// <summary>How long <paramref name="span"/> of this clock lasts on the system clock.</summary>
    public TimeSpan OnTheSystemClock(TimeSpan span)
    {
        if (span <= TimeSpan.Zero)
        {
            return span;
        }

        // The system's timers cut to whole milliseconds: rounding up keeps a timer from firing before its time.
        var milliseconds = Math.Ceiling(span.TotalMilliseconds / Speed);
        return milliseconds >= LongestTimer.TotalMilliseconds ? LongestTimer : TimeSpan.FromMilliseconds(milliseconds);
    }

    private sealed class ClockTimer : ITimer
    {
        private readonly EnvironmentClock _clock;
        private readonly ITimer _timer;

        public ClockTimer(EnvironmentClock clock, TimeProvider systemClock, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _clock = clock;
            _timer = systemClock.CreateTimer(callback, state, clock.OnTheSystemClock(dueTime), clock.OnTheSystemClock(period));
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(_clock.OnTheSystemClock(dueTime), _clock.OnTheSystemClock(period));

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
