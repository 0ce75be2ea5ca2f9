namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>
/// What one request may spend on all its expressions together: time, and characters of their values. Each evaluation has
/// its own bounds besides. One budget belongs to one request (reading, plan or both) and is used by one thread at a time.
/// </summary>
public sealed class EvaluationBudget
{
    /// <summary>The time where nobody says otherwise: 60 s. It is the system clock's, so a busy machine must not refuse what is sound.</summary>
    public static TimeSpan UsualTime { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The characters of a request's values where nobody says otherwise: 64 Mi.</summary>
    public const long UsualCharacters = 64L * 1024 * 1024;

    private readonly TimeProvider clock;
    private readonly long began;
    private readonly TimeSpan time;
    private readonly long characters;
    private long taken;
    private bool isSpent;

    /// <param name="time">From now on; default <see cref="UsualTime"/>.</param>
    /// <param name="characters">Of all values together, as JSON; default <see cref="UsualCharacters"/>.</param>
    /// <param name="cancellation">Ends the work with <see cref="OperationCanceledException"/>: the caller has left.</param>
    public EvaluationBudget(TimeSpan? time = null, long characters = UsualCharacters, TimeProvider? clock = null, CancellationToken cancellation = default)
    {
        this.clock = clock ?? TimeProvider.System;
        this.time = time ?? UsualTime;
        this.characters = characters;
        began = this.clock.GetTimestamp();
        Cancellation = cancellation;
    }

    public CancellationToken Cancellation { get; }

    /// <summary>True when nothing more may be evaluated; stays so.</summary>
    public bool IsSpent => isSpent = isSpent || taken > characters || Left <= TimeSpan.Zero;

    /// <summary>True when something was not evaluated, or not to its end, for want of budget.</summary>
    public bool HasRefused { get; private set; }

    /// <summary>Why nothing more is evaluated, for people.</summary>
    public string Reason => taken > characters
        ? $"the expressions give more than {characters:N0} characters together"
        : $"this takes more than {time.TotalSeconds:0.###} s in all";

    internal TimeSpan Left => time - clock.GetElapsedTime(began);

    /// <summary>Notes that an evaluation was not made, or was ended early.</summary>
    internal void Refuse() => HasRefused = true;

    /// <summary>Counts a value.</summary>
    internal void Take(long more) => taken += more;

    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    internal void ThrowIfCancelled() => Cancellation.ThrowIfCancellationRequested();
}
