namespace Orchestrator.Server.Identity;

/// <summary>What one may do. <see cref="AccessTable"/> says which roles may, and which address asks for what.</summary>
internal enum Privilege
{
    /// <summary>Nothing changes, or only who the caller says to be: no name is asked.</summary>
    Anyone,

    /// <summary>Any name: what is asked for decides by its own rule, as an approval does by the roles that its runbook names.</summary>
    Named,

    /// <summary>Start runs of published runbooks and of files of the runbook folder.</summary>
    StartRuns,

    /// <summary>Pause, resume, cancel, retry, skip, undo.</summary>
    ControlRuns,

    /// <summary>Send signals to runs.</summary>
    SendSignals,

    /// <summary>Start a run of a source that nobody published.</summary>
    StartUnpublished,

    /// <summary>Start a run in the emergency lane without an approved plan.</summary>
    StartEmergency,

    /// <summary>Start an unpublished source that says of itself that it is approved beforehand.</summary>
    StartPreauthorised,

    /// <summary>Publish versions of runbooks.</summary>
    PublishRunbooks,

    /// <summary>Publish a runbook that starts by itself.</summary>
    PublishTriggers,

    /// <summary>Publish a runbook of the emergency lane, one that says that it is approved beforehand, one that runs such a runbook, and the one that the trigger starts.</summary>
    PublishEmergency,

    /// <summary>Inspect units.</summary>
    Inspect,

    /// <summary>Pause and resume triggers.</summary>
    ControlSchedules,

    /// <summary>Add freeze windows, ask for their removal, and decide about it.</summary>
    ChangeFreezes,

    /// <summary>Ask that a trigger may pass a freeze window.</summary>
    RequestOverrides,

    /// <summary>Decide about overrides.</summary>
    DecideOverrides,

    /// <summary>Replay and discard dead letters.</summary>
    HandleDeadLetters,

    /// <summary>Make an emergency stop plan.</summary>
    MakeEmergencyPlans,

    /// <summary>Approve an emergency stop plan, trigger an approved one, and release or drop what an emergency holds back.</summary>
    TriggerEmergency,
}
