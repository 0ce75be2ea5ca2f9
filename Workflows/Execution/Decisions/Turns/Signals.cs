using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>A signal is kept by the run and never used up: every wait for it, present or later, finds its latest payload.</summary>
internal static class Signals
{
    /// <summary>A set's order is not the same after a snapshot; the decision must be.</summary>
    private static readonly Comparer<StepPath> PathOrder = Comparer<StepPath>.Create((left, right) => string.CompareOrdinal(left.Value, right.Value));

    public static StepError? Receive(Turn turn, ReceiveSignal signal)
    {
        var run = turn.Run;
        if (run.IsEnded)
        {
            return Refusals.Ended(run);
        }

        if (RefuseSize(run, signal) is { } refusal)
        {
            return refusal;
        }

        if (run.Signals.TryGetValue(signal.Name, out var known) && JsonElement.DeepEquals(known ?? Json.Null, signal.Payload ?? Json.Null))
        {
            return null;
        }

        turn.Emit(new SignalReceived(signal.Name, signal.Payload, signal.By));
        if (run.SignalWaits.TryGetValue(signal.Name, out var waits))
        {
            foreach (var path in waits.Order(PathOrder).ToArray())
            {
                StepEnds.End(turn, new StepCompleted(path, signal.Payload));
            }
        }

        return null;
    }

    private static StepError? RefuseSize(RunState run, ReceiveSignal signal) => signal switch
    {
        { Name.Length: 0 or > RunBounds.LongestSignalName } => Refusals.Refuse(
            "signal-too-large", $"A signal's name has 1 to {RunBounds.LongestSignalName} characters, and this one has {signal.Name.Length:N0}: give a shorter one."),
        { Payload: { ValueKind: not JsonValueKind.Undefined } payload } when JsonMarshal.GetRawUtf8Value(payload).Length is var bytes && bytes > RunBounds.LargestSignal => Refusals.Refuse(
            "signal-too-large", $"The payload has {bytes:N0} bytes, and a signal has at most {RunBounds.LargestSignal:N0}: pass a name or an address instead of the data itself."),
        // One that a step waits for is taken in any case, and one that is known takes the place of the one before.
        _ when run.Signals.Count >= RunBounds.MostSignals && !run.Signals.ContainsKey(signal.Name) && !run.SignalWaits.ContainsKey(signal.Name) => Refusals.Refuse(
            "too-many-signals", $"The run keeps {run.Signals.Count:N0} signals of different names that no step has waited for, the most that it keeps: send those that its steps wait for."),
        _ => null,
    };
}
