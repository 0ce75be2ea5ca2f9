using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Progress;

/// <summary>What a running task last said of itself. Kept nowhere.</summary>
/// <param name="Fraction">0 to 1, or null when unknown.</param>
/// <param name="At">On the environment clock.</param>
public sealed record TaskProgress(RunId Run, StepPath Path, int Attempt, bool Undo, double? Fraction, string Message, DateTimeOffset At);
