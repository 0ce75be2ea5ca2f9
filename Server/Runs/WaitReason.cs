using System.Globalization;
using System.Text.Json.Serialization;

namespace Orchestrator.Server.Runs;

/// <summary>Why something waits: a closed family, said in words by whoever shows it, in its language.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(LocksWait), "locks")]
[JsonDerivedType(typeof(LocksTakenWait), "locks-taken")]
[JsonDerivedType(typeof(ApprovalWait), "approval")]
[JsonDerivedType(typeof(RetryWait), "retry")]
[JsonDerivedType(typeof(SignalWait), "signal")]
[JsonDerivedType(typeof(TimeWait), "time")]
[JsonDerivedType(typeof(ChildWait), "child")]
[JsonDerivedType(typeof(PausedWait), "paused")]
[JsonDerivedType(typeof(OperatorWait), "operator")]
internal abstract record WaitReason
{
    private WaitReason()
    {
    }

    /// <summary>In English, for a terminal: ends a sentence that begins with <c>waits for</c>.</summary>
    public sealed override string ToString() => this switch
    {
        LocksWait locks => $"locks {string.Join(", ", locks.Resources)}",
        LocksTakenWait taken => $"locks taken over by {taken.By}",
        ApprovalWait approval => string.Create(CultureInfo.InvariantCulture, $"{approval.Quorum} of {string.Join(", ", approval.Roles)}"),
        RetryWait retry => $"another attempt after {retry.Code}",
        SignalWait signal => $"signal {signal.Name}",
        TimeWait => "the time",
        ChildWait { Does: ChildWait.Undo } => "its run to undo itself",
        ChildWait => "its run to cancel",
        PausedWait paused => $"resume; paused by {paused.By}{(paused.Reason is { } reason ? $": {reason}" : "")}",
        OperatorWait { WholeRun: true } => "an operator: retry the run, or cancel it",
        OperatorWait => "an operator: retry, skip, undo or cancel",
        _ => throw new InvalidOperationException(GetType().Name),
    };

    /// <param name="Resources">That it asked for; who holds them is in the locks.</param>
    internal sealed record LocksWait(IReadOnlyList<string> Resources) : WaitReason;

    /// <summary>It had locks, and another run took them over.</summary>
    /// <param name="By">The person who let it.</param>
    internal sealed record LocksTakenWait(string By) : WaitReason;

    /// <param name="Quorum">How many must approve.</param>
    /// <param name="Roles">Any of these.</param>
    internal sealed record ApprovalWait(int Quorum, IReadOnlyList<string> Roles) : WaitReason;

    /// <param name="Code">The error of the attempt before.</param>
    internal sealed record RetryWait(string Code) : WaitReason;

    internal sealed record SignalWait(string Name) : WaitReason;

    /// <summary>A time, which the step's due has.</summary>
    internal sealed record TimeWait : WaitReason;

    /// <param name="Does"><c>cancel</c> or <c>undo</c>: what its own run was asked for.</param>
    internal sealed record ChildWait(string Does) : WaitReason
    {
        public const string Cancel = "cancel";

        public const string Undo = "undo";
    }

    /// <param name="By">Who paused the run.</param>
    internal sealed record PausedWait(string By, string? Reason) : WaitReason;

    /// <param name="WholeRun">The run itself is held: it can be tried again or cancelled, not skipped.</param>
    internal sealed record OperatorWait(bool WholeRun) : WaitReason;
}
