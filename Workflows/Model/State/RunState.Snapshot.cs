using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

// A snapshot is the state itself, of which what follows from the rest is left out: links between steps, counters and look-ups.
public sealed partial class RunState
{
    /// <summary>Steps that could be taken back when they completed: the rank of the latest.</summary>
    [JsonInclude]
    internal long Completions { get; set; }

    [JsonInclude, JsonPropertyName("steps")]
    internal ImmutableArray<StepState> SavedSteps
    {
        get => [.. steps.Values];
        set => Restore(value);
    }

    [JsonInclude, JsonPropertyName("incidents")]
    internal ImmutableArray<Incident> SavedIncidents
    {
        get => [.. incidents.Values.OrderBy(incident => incident.Path.Value, StringComparer.Ordinal)];
        set
        {
            foreach (var incident in value) incidents[incident.Path] = incident;
        }
    }

    [JsonInclude, JsonPropertyName("signals")]
    internal ImmutableSortedDictionary<string, JsonElement?> SavedSignals
    {
        get => signals.ToImmutableSortedDictionary(StringComparer.Ordinal);
        set
        {
            foreach (var (name, payload) in value) signals[name] = payload;
        }
    }

    [JsonInclude, JsonPropertyName("tolerated")]
    internal ImmutableArray<StepPath> SavedTolerated
    {
        get => [.. tolerated];
        set => tolerated.AddRange(value);
    }

    [JsonInclude, JsonPropertyName("leftInPlace")]
    internal ImmutableArray<StepPath> SavedLeftInPlace
    {
        get => [.. leftInPlace];
        set => leftInPlace.AddRange(value);
    }

    /// <summary>The whole state as compact JSON (UTF-8). Folding later events onto it gives the same as folding them all.</summary>
    public byte[] ToSnapshot() => RunSnapshot.Write(this);

    /// <summary>Reads what <see cref="ToSnapshot"/> wrote. Throws <see cref="JsonException"/> for anything else, another format among it.</summary>
    public static RunState FromSnapshot(ReadOnlySpan<byte> snapshot) =>
        TryRead(snapshot, out var state) ? state : throw new JsonException($"This is no snapshot of format {RunSnapshot.Format}.");

    /// <summary>False: it is of another format, so the journal is to be folded from its start. Throws <see cref="JsonException"/> for what is no snapshot though it says so.</summary>
    public static bool TryRead(ReadOnlySpan<byte> snapshot, [NotNullWhen(true)] out RunState? state)
    {
        state = RunSnapshot.FormatOf(snapshot) == RunSnapshot.Format ? RunSnapshot.Read(snapshot) : null;
        return state is not null;
    }

    /// <summary>Puts steps together again: in the order in which they began, so that a parent comes before its children; the run itself first.</summary>
    private void Restore(ImmutableArray<StepState> saved)
    {
        Root = saved[0];
        steps[StepPath.Root] = Root;
        foreach (var step in saved.AsSpan()[1..])
        {
            var parent = steps[step.Path.Parent];
            Add(step, parent);
            Recount(step);
            if (step.IsOpen)
            {
                parent.Open++;
                OpenSteps++;
            }

            if (step.UndoBegun) parent.UndoActive++;
            if (step is { Status: StepStatus.WaitingForSignal, Own: WaitState { For.Signal: { } name } }) (signalWaits.TryGetValue(name, out var waits) ? waits : signalWaits[name] = []).Add(step.Path);
        }

        foreach (var step in saved)
        {
            if (step.Lock is { Status: not LockStatus.Released } held) locks[step.Path] = held;
        }

        foreach (var step in saved.Where(step => step is { UndoLeft: > 0, UndoBegun: false, Parent: not null }).OrderBy(step => step.Rank))
        {
            (step.Parent!.ToUndo ??= new()).AddLast(step.UndoEntry ??= new(step));
        }
    }
}
