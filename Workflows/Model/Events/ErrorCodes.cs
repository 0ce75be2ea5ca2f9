namespace Orchestrator.Workflows.Model.Events;

/// <summary>Codes of the errors that the interpreter itself makes. Stable: runbooks compare them in catch blocks.</summary>
public static class ErrorCodes
{
    /// <summary>An attempt, a block, a child run or a wait for a signal took longer than its timeout.</summary>
    public const string Timeout = "timeout";

    /// <summary>An approval was refused, or nobody decided in time; also of a child run that ended rejected.</summary>
    public const string Rejected = "rejected";

    /// <summary>The run would have more steps and iterations than <see cref="RunBounds.MostSteps"/>.</summary>
    public const string RunTooLarge = "run-too-large";

    public const string RepeatExhausted = "repeat-exhausted";

    /// <summary>An expression gave a value of the wrong type for its place.</summary>
    public const string WrongType = "wrong-type";

    /// <summary>An emergency run took the locks over.</summary>
    public const string LocksLost = "locks-lost";

    public const string ChildFailed = "child-failed";
    public const string ChildCancelled = "child-cancelled";
    public const string ChildUndone = "child-undone";

    /// <summary>An undo was given up because the run was cancelled, or an operator passed over it.</summary>
    public const string UndoAbandoned = "undo-abandoned";

    /// <summary>Steps failed that the run went past (policy continue).</summary>
    public const string StepsFailed = "steps-failed";

    /// <summary>Steps could not be taken back; also the code of the error with which such a run ends.</summary>
    public const string UndoIncomplete = "undo-incomplete";

    /// <summary>A run was undone, but for steps that nothing takes back.</summary>
    public const string Irreversible = "irreversible";

    public const string Cancelled = "cancelled";

    /// <summary>Deciding on the run failed again and again: it waits for an operator, and is not decided on meanwhile.</summary>
    public const string EngineFault = "engine-fault";

    /// <summary>Deciding on the run took processes down, or an operator put it in quarantine: it is not decided on until somebody lifts that.</summary>
    public const string Quarantined = "quarantined";
}
