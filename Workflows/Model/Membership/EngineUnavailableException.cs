namespace Orchestrator.Workflows.Model.Membership;

/// <summary>No engine can answer at the moment; the message is for whoever asked, and says what is known of what was asked.</summary>
public class EngineUnavailableException(string message) : Exception(message);
