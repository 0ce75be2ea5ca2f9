namespace Orchestrator.Server.Projections;

/// <summary>How a projection stands. Whoever reads the journal for it says so here; safe for any thread.</summary>
internal sealed class ProjectionHealth(string name)
{
    private readonly Lock gate = new();
    private long? position;
    private string? error;

    public string Name => name;

    /// <summary>Of the last entry that was applied; null: nothing was read yet, since nobody has asked.</summary>
    public long? Position
    {
        get { lock (gate) return position; }
    }

    /// <summary>Why it stopped, until it moves on; null: it did not.</summary>
    public string? Error
    {
        get { lock (gate) return error; }
    }

    /// <summary>Everything up to a position is applied.</summary>
    public void Reach(long applied)
    {
        lock (gate) (position, error) = (Math.Max(applied, position ?? 0), null);
    }

    public void Fail(Exception reason)
    {
        lock (gate) error = $"{reason.GetType().Name}: {reason.Message}";
    }

    /// <summary>Returns when the work ends, and notes what it throws.</summary>
    /// <param name="stopping">A cancellation by this one is no failure.</param>
    public async Task WatchAsync(Task work, CancellationToken stopping)
    {
        try
        {
            await work;
        }
        catch (Exception reason) when (!stopping.IsCancellationRequested)
        {
            Fail(reason);
            throw;
        }
    }

    /// <summary>A line for people.</summary>
    /// <param name="end">Of the journal.</param>
    public string Say(long end) => (Position, Error) switch
    {
        (_, { } reason) => $"projection {name}: at {Position ?? 0} of {end}, and cannot go on: {reason}",
        (null, _) => $"projection {name}: nobody has asked for it",
        ({ } at, _) => $"projection {name}: at {at} of {Math.Max(at, end)}",
    };
}
