namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>A trigger that somebody holds: its fires are recorded and start nothing, and none is made up for when it goes on.</summary>
public sealed record TriggerPause(TriggerId Trigger, string By, DateTimeOffset At, string Reason);
