namespace Orchestrator.Workflows.Model.Events;

/// <summary>Something that an undo could not take back.</summary>
/// <param name="Name">As operators know it: a node, a host, a stack.</param>
/// <param name="Reason">Why it could not, for an operator at midnight.</param>
public sealed record LeftInPlace(string Name, string Reason);
