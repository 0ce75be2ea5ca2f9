namespace Orchestrator.Workflows.Model.Bus;

/// <summary>The message broker cannot be used; the message says why and how to fix it.</summary>
public sealed class BusUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
