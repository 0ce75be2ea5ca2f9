namespace Orchestrator.Workflows.Model.Events;

/// <summary>Where a run stands; from <see cref="Done"/> on it has ended.</summary>
public enum RunStatus
{
    Running, WaitingForLock, WaitingForApproval, WaitingForSignal, Waiting, Paused, Incident, Cancelling, Undoing,
    Done, Failed, Cancelled, Rejected, Undone, UndoIncomplete,
}

/// <summary>Where a step stands.</summary>
public enum StepStatus
{
    Pending, WaitingForLock, Running, Retrying, WaitingForApproval, WaitingForSignal, Waiting, Incident,
    Done, Failed, Skipped, Cancelled, Undoing, Undone, UndoFailed,
}
