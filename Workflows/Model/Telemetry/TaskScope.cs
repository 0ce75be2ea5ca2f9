using System.Collections;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Telemetry;

/// <summary>What a log line belongs to that is written while a task is executed: <c>RunId</c>, <c>Step</c> and <c>Attempt</c>.</summary>
internal sealed class TaskScope(RunId run, StepPath step, int attempt) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 3;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("RunId", run),
        1 => new("Step", step),
        2 => new("Attempt", attempt),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var index = 0; index < Count; index++) yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"RunId={run} Step={step} Attempt={attempt}";
}
