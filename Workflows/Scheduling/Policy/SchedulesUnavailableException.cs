namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>The store of schedules cannot be opened; the message says why and how to fix it.</summary>
public sealed class SchedulesUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
