namespace Orchestrator.Simulation.Machine;

/// <summary>The clock of one machine: it may be wrong and may jump, while what is measured on it goes on evenly.</summary>
internal sealed class MachineClock
{
    /// <summary>How wrong it is.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>The clock as a process on the machine has it: its timers come back to that process.</summary>
    public TimeProvider For(Life life) => new ProcessClock(this, life);

    private sealed class ProcessClock(MachineClock machine, Life life) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        // Not 0 at the start: the machine was up before.
        public override long GetTimestamp() => TimeSpan.TicksPerHour + life.Timeline.Now.Ticks;

        public override DateTimeOffset GetUtcNow() => Timeline.Epoch + life.Timeline.Now + machine.Offset;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new ProcessTimer(life, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    private sealed class ProcessTimer(Life life, TimerCallback callback, object? state) : ITimer
    {
        private int changes;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var change = ++changes;
            if (dueTime != Timeout.InfiniteTimeSpan) life.Timeline.After(dueTime, life, () => Fire(change, period));
            return true;
        }

        public void Dispose() => changes++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int change, TimeSpan period)
        {
            if (change != changes) return;
            if (period > TimeSpan.Zero) life.Timeline.After(period, life, () => Fire(change, period));
            callback(state);
        }
    }
}
