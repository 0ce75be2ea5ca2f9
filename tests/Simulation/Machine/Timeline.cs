namespace Orchestrator.Simulation.Machine;

/// <summary>
/// Virtual time in one thread: what is to happen, in the order of its time, and at one time in an order that the seed
/// gives. Nothing happens but in <see cref="Step"/>.
/// </summary>
internal sealed class Timeline(int seed, History history)
{
    private readonly PriorityQueue<(Life Life, SendOrPostCallback Do, object? State), (long At, int Tie)> queue = new();
    private readonly Random ties = new(seed);
    private readonly int thread = Environment.CurrentManagedThreadId;
    private bool strayed;

    /// <summary>The first moment.</summary>
    public static DateTimeOffset Epoch { get; } = new(2026, 11, 10, 20, 0, 0, TimeSpan.Zero);

    public History History => history;

    /// <summary>Since the epoch.</summary>
    public TimeSpan Now { get; private set; }

    public long Steps { get; private set; }

    /// <summary>Called before each step of a life; true: the life has just ended, so the step is dropped.</summary>
    public Func<Life, bool> Interrupts { get; set; } = static _ => false;

    public void After(TimeSpan delay, Life life, SendOrPostCallback callback, object? state = null)
    {
        if (Environment.CurrentManagedThreadId != thread)
        {
            // Not thrown: whoever is lost on another thread would only swallow it.
            if (!strayed) history.Violate("one-thread", $"something went on in another thread:\n{Environment.StackTrace}");
            strayed = true;
            return;
        }

        queue.Enqueue((life, callback, state), ((Now + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay)).Ticks, ties.Next()));
    }

    public void After(TimeSpan delay, Life life, Action action) => After(delay, life, static state => ((Action)state!)(), action);

    /// <summary>Does what is next. False: there is nothing left, or nothing before the end.</summary>
    public bool Step(TimeSpan end)
    {
        if (!queue.TryPeek(out _, out var when) || when.At > end.Ticks) return false;

        var (life, callback, state) = queue.Dequeue();
        Now = TimeSpan.FromTicks(when.At);
        if (!life.IsAlive) return true;
        if (life.StandsStillUntil > Now)
        {
            queue.Enqueue((life, callback, state), (life.StandsStillUntil.Ticks, ties.Next()));
            return true;
        }

        if (Interrupts(life)) return true;

        Steps++;
        life.Steps++;
        history.Mix(when.At, life.Number, when.Tie);
        SynchronizationContext.SetSynchronizationContext(life);
        try
        {
            callback(state);
        }
        catch (Exception error)
        {
            history.Violate("no-crash", $"{life.Name}: {error}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        return true;
    }
}
