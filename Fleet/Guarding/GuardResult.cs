namespace Orchestrator.Fleet.Guarding;

/// <param name="Name">The guard's id, as in <c>waive: { rehearsal: "…" }</c>.</param>
/// <param name="Detail">What was found, or for a waived guard also who answers for it: the reason.</param>
/// <param name="Fix">What to do when it does not hold.</param>
public sealed record GuardResult(string Name, GuardOutcome Outcome, string Detail, string Fix)
{
    /// <summary>The move may go on as far as this guard is concerned.</summary>
    public bool Holds => Outcome is GuardOutcome.Passed or GuardOutcome.Waived;

    public override string ToString() => Holds ? $"{Name}: {Detail}" : $"{Name}: {Detail}; {Fix}";
}

public enum GuardOutcome
{
    Passed,
    Failed,

    /// <summary>The facts are missing; counts as failed.</summary>
    Unknown,

    /// <summary>It did not hold, and the runbook says with a reason that this may be so.</summary>
    Waived,
}

/// <summary>A condition of a move.</summary>
/// <param name="Waivable">A runbook may waive it with a reason. Never the lease, the profile, readiness, invariants, the way back, nor the authorisation to lose work.</param>
public sealed record GuardInfo(string Name, string Asks, bool Waivable);
