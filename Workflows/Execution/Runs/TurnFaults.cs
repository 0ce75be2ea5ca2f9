using System.Globalization;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>An exception ended a decision; nothing of it was written.</summary>
internal sealed class TurnFaultException(Exception inner) : Exception(inner.Message, inner);

/// <summary>How often in a row each input of one run could not be decided on.</summary>
internal sealed class TurnFaults
{
    /// <summary>So often; then the run is held.</summary>
    public const int Most = 3;

    private static readonly TimeSpan longestPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>How long a task of a held run is kept from workers before it is looked at again; so long may it wait when the server or the store goes away just as the run is lifted.</summary>
    public static TimeSpan ParkedFor { get; } = TimeSpan.FromMinutes(1);

    public bool IsEmpty => counts.Count == 0;

    public int Count(string turn) => counts[turn] = counts.GetValueOrDefault(turn) + 1;

    public void Forget(string turn) => counts.Remove(turn);

    /// <summary>On the system clock: half a second, then two, then eight, to at most a minute.</summary>
    public static TimeSpan Pause(int count)
    {
        var pause = TimeSpan.FromMilliseconds(500 * Math.Pow(4, Math.Min(count, 10) - 1));
        return pause < longestPause ? pause : longestPause;
    }

    public static StepError Error(RunRequest request, Exception error) => new(
        ErrorCodes.EngineFault,
        string.Create(CultureInfo.InvariantCulture, $"Deciding on {request.Turn} failed: {error.GetType().Name}: {error.Message} Retry the run once the cause is fixed, or cancel it; its finally blocks are then left out.")) { Retryable = false };
}
