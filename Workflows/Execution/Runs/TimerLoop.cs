using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Fires the timers of all runs on the environment clock, those that are overdue at once.</summary>
internal sealed class TimerLoop(TimeProvider environmentClock, IRunRouter router) : IAsyncDisposable
{
    private static readonly TimeSpan longestSleep = TimeSpan.FromHours(6);

    private static readonly TimeSpan repeatAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<(RunId Run, TimerId Timer), DateTimeOffset> armed = [];
    private PriorityQueue<PendingTimer, DateTimeOffset> queue = new();
    private DateTimeOffset sleepsUntil = DateTimeOffset.MaxValue;
    private ITimer? alarm;
    private bool closed;

    public void Start()
    {
        lock (gate) alarm = environmentClock.CreateTimer(_ => Ring(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Set(PendingTimer timer)
    {
        lock (gate)
        {
            armed[(timer.Run, timer.Timer)] = timer.Due;
            queue.Enqueue(timer, timer.Due);
            if (queue.Count > 1024 + 2 * armed.Count) Compact();
            if (timer.Due < sleepsUntil) SleepUntilNext();
        }
    }

    /// <summary>Fires once more, a while later, unless it is cleared or moved in between: nobody could decide on it.</summary>
    public void Repeat(PendingTimer timer)
    {
        lock (gate)
        {
            var at = environmentClock.GetUtcNow() + repeatAfter;
            queue.Enqueue(timer, at);
            if (at < sleepsUntil) SleepUntilNext();
        }
    }

    /// <summary>Forgets the runs of shards that are no longer this server's.</summary>
    public void Forget(IReadOnlySet<int> shards)
    {
        lock (gate)
        {
            foreach (var timer in armed.Keys.Where(timer => shards.Contains(Shards.Of(timer.Run))).ToList()) armed.Remove(timer);
        }
    }

    public void Clear(RunId run, TimerId timer)
    {
        lock (gate) armed.Remove((run, timer));
    }

    /// <summary>False when the timer was cleared or moved after it came due.</summary>
    public bool IsArmed(PendingTimer timer)
    {
        lock (gate) return armed.TryGetValue((timer.Run, timer.Timer), out var due) && due == timer.Due;
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate) closed = true;
        if (alarm is { } last) await last.DisposeAsync();
    }

    private void Ring()
    {
        var due = new List<PendingTimer>();
        lock (gate)
        {
            var now = environmentClock.GetUtcNow();
            while (queue.TryPeek(out var timer, out var at) && at <= now)
            {
                queue.Dequeue();
                // It stays armed until the run has decided on it: only then is its row gone.
                if (armed.TryGetValue((timer.Run, timer.Timer), out var wanted) && wanted == timer.Due) due.Add(timer);
            }

            SleepUntilNext();
        }

        foreach (var timer in due) router.Post(timer.Run, new TimerRequest(timer, Repeat));
    }

    /// <summary>In the gate.</summary>
    private void SleepUntilNext()
    {
        if (closed || alarm is null) return;

        var now = environmentClock.GetUtcNow();
        var sleep = queue.TryPeek(out _, out var next) && next - now < longestSleep ? next - now : longestSleep;
        // Whole milliseconds, rounded up: a timer must never fire before it is due.
        sleep = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(sleep.TotalMilliseconds)));
        sleepsUntil = now + sleep;
        alarm.Change(sleep, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cleared and moved timers stay in the queue until their time; when they are most of it, it is made anew.</summary>
    private void Compact() =>
        queue = new PriorityQueue<PendingTimer, DateTimeOffset>(armed.Select(timer => (new PendingTimer(timer.Key.Run, timer.Key.Timer, timer.Value), timer.Value)));
}
