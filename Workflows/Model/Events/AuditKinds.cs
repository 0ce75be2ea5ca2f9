namespace Orchestrator.Workflows.Model.Events;

/// <summary>Which events of a run's journal a person caused, and what an auditor reads of them.</summary>
public static class AuditKinds
{
    private const string AskedBy = "asked for by ";

    /// <summary>By somebody, or by the runbook's own onFailure: an old journal does not say.</summary>
    private const string Unknown = "not recorded";

    /// <summary>Who caused it, and its kind: a stable word. Null: nobody did; child runs are started by their parents, not by people.</summary>
    public static (string By, string Kind)? Of(RunEvent happened) => happened switch
    {
        RunStarted { Parent: null } started => (started.StartedBy, "run-started"),
        RunPaused paused => (paused.By, "run-paused"),
        RunResumed resumed => (resumed.By, "run-resumed"),
        CancelRequested cancel => (cancel.By, "cancel-requested"),
        // A failure undoes a run too, and then nobody did. Before the event had a name in it the reason said who asked, where an operator gave none of their own.
        UndoStarted { By: UndoStarted.ByPolicy } => null,
        UndoStarted undo => (undo.By ?? (undo.Reason.StartsWith(AskedBy, StringComparison.Ordinal) ? undo.Reason[AskedBy.Length..] : Unknown), "undo-started"),
        IncidentClosed closed => (closed.By, "incident-closed"),
        ApprovalDecided decided => (decided.By, "approval-decided"),
        StepSkipped { By: { } by } => (by, "step-skipped"),
        SignalReceived signal => (signal.By, "signal-received"),
        RunReopened reopened => (reopened.By, "run-reopened"),
        LocksLost lost => (lost.By, "locks-taken"),
        _ => null,
    };
}
