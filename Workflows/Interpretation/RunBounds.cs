using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Interpretation;

/// <summary>How large a run may become.</summary>
public static class RunBounds
{
    /// <summary>The most steps, iterations, rounds and branches of a run together.</summary>
    public const int MostSteps = 100_000;

    internal static StepError TooLarge(string what) => new(
        ErrorCodes.RunTooLarge,
        $"{what} would take the run beyond {MostSteps:N0} steps and iterations in all. Loop over less, or start a child runbook for each part.") { Retryable = false };
}
