namespace Orchestrator.Text;

/// <summary>A place in a source file; line and column count from 1.</summary>
public readonly record struct Position(int Line, int Column);
