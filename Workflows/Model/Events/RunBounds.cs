namespace Orchestrator.Workflows.Model.Events;

/// <summary>How large a run may become.</summary>
public static class RunBounds
{
    /// <summary>The most steps, iterations, rounds and branches of a run together.</summary>
    public const int MostSteps = 100_000;

    /// <summary>The most labels of a run.</summary>
    public const int MostLabels = 64;

    /// <summary>The longest name and the longest value of a label, in characters.</summary>
    public const int LongestLabel = 256;

    /// <summary>All inputs of a run together, with defaults, in bytes of JSON.</summary>
    public const int LargestInputs = 1024 * 1024;

    /// <summary>The payload of a signal, in bytes of JSON.</summary>
    public const int LargestSignal = 64 * 1024;

    /// <summary>The longest name of a signal, in characters.</summary>
    public const int LongestSignalName = 128;

    /// <summary>The most signals, by name, that a run keeps before a step waits for them. Of one name it keeps the last.</summary>
    public const int MostSignals = 1000;

    internal static StepError TooLarge(string what) => new(
        ErrorCodes.RunTooLarge,
        $"{what} would take the run beyond {MostSteps:N0} steps and iterations in all. Loop over less, or start a child runbook for each part.") { Retryable = false };
}
