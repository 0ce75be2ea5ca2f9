namespace Orchestrator.Workflows.Interpretation;

public enum RunStatus
{
    Running, WaitingForLock, WaitingForApproval, WaitingForSignal, Waiting, Paused, Incident, Cancelling, Undoing,
    Done, Failed, Cancelled, Rejected, Undone,
}

public enum StepStatus
{
    Pending, WaitingForLock, Running, Retrying, WaitingForApproval, WaitingForSignal, Waiting, Incident,
    Done, Failed, Skipped, Cancelled, Undoing, Undone, UndoFailed,
}
