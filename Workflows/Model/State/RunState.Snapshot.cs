using System.Text.Json;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.State;

public sealed partial class RunState
{
    /// <summary>The whole state as compact JSON (UTF-8). Folding later events onto it gives the same as folding them all.</summary>
    public byte[] ToSnapshot() => JsonSerializer.SerializeToUtf8Bytes(
        new RunSnapshot
        {
            Id = Id,
            Started = Started,
            StartedAt = StartedAt,
            EndedAt = EndedAt,
            Outcome = Outcome,
            Error = Error,
            Paused = Paused,
            Cancel = Cancel,
            UndoReason = UndoReason,
            Completions = completions,
            Incidents = [.. incidents.Values.OrderBy(incident => incident.Path.Value, StringComparer.Ordinal)],
            Locks = [.. locks.Keys.OrderBy(path => path.Value, StringComparer.Ordinal)],
            Signals = [.. signals.OrderBy(signal => signal.Key, StringComparer.Ordinal).Select(signal => new SignalReceived(signal.Key, signal.Value, ""))],
            Tolerated = [.. tolerated],
            LeftInPlace = [.. leftInPlace],
            Steps = [.. steps.Values.Select(Write)],
        },
        SnapshotJson.Instance.RunSnapshot);

    /// <summary>Reads what <see cref="ToSnapshot"/> wrote. Throws <see cref="JsonException"/> for anything else.</summary>
    public static RunState FromSnapshot(ReadOnlySpan<byte> snapshot)
    {
        var read = JsonSerializer.Deserialize(snapshot, SnapshotJson.Instance.RunSnapshot) ?? throw new JsonException("null is no snapshot.");
        var run = new RunState(read.Id)
        {
            Started = read.Started,
            StartedAt = read.StartedAt,
            EndedAt = read.EndedAt,
            Outcome = read.Outcome,
            Error = read.Error,
            Paused = read.Paused,
            Cancel = read.Cancel,
            UndoReason = read.UndoReason,
            completions = read.Completions,
        };
        foreach (var step in read.Steps)
        {
            run.Restore(step);
        }

        foreach (var step in run.steps.Values.Where(step => step.UndoLeft > 0 && step is { UndoBegun: false, Parent: not null }).OrderBy(step => step.Rank))
        {
            (step.Parent!.ToUndo ??= new()).AddLast(step.UndoNode ??= new(step));
        }

        foreach (var incident in read.Incidents)
        {
            run.incidents[incident.Path] = incident;
        }

        foreach (var path in read.Locks)
        {
            run.locks[path] = run.steps[path].Lock!;
        }

        foreach (var signal in read.Signals)
        {
            run.signals[signal.Name] = signal.Payload;
        }

        run.tolerated.AddRange(read.Tolerated);
        run.leftInPlace.AddRange(read.LeftInPlace);
        return run;
    }

    private void Restore(StepSnapshot read)
    {
        var step = At(read.Path);
        Uncount(step);
        step.Kind = read.Kind;
        Recount(step);
        step.Wait = read.Wait;
        if (step.Parent is null)
        {
            step.Status = read.Status;
        }
        else
        {
            SetStatus(step, read.Status, default);
        }

        step.Attempt = read.Attempt;
        step.Begun = read.Begun;
        step.StartedAt = read.StartedAt;
        step.EndedAt = read.EndedAt;
        step.Result = read.Result;
        step.Error = read.Error;
        step.Cause = read.Cause;
        step.Tolerated = read.Tolerated;
        step.Skipped = read.Skipped;
        step.Task = read.Task;
        step.Tags = [.. read.Tags ?? []];
        step.Arguments = read.Arguments;
        step.RetryAt = read.RetryAt;
        step.TimeoutAt = read.TimeoutAt;
        step.FactsByKey = read.Facts;
        step.UndoFactsByKey = read.UndoFacts;
        step.Lock = read.Lock;
        step.Items = [.. read.Items ?? []];
        step.Then = read.Then;
        step.Phase = read.Phase;
        step.Approval = read.Approval;
        step.ChildRuns = [.. read.ChildRuns ?? []];
        step.ChildAsked = read.ChildAsked;
        step.ChildRequest = read.ChildRequest;
        step.ChildReason = read.ChildReason;
        step.ChildToUndo = read.ChildToUndo;
        step.UndoArguments = read.UndoArguments;
        step.HalfWay = read.HalfWay;
        step.UndoAttempt = read.UndoAttempt;
        step.AttemptBase = read.AttemptBase;
        step.UndoBase = read.UndoBase;
        step.Stopping = read.Stopping;
        step.StopError = read.StopError;
        step.Failure = read.Failure;
        step.Caught = read.Caught;
        step.Pending = read.Pending;
        step.Rank = read.Rank;
        step.UndoBegun = read.UndoBegun;
        for (var at = read.Undoable ? step : null; at is not null; at = at.Parent)
        {
            at.UndoLeft++;
        }

        if (step is { UndoBegun: true, Parent: { } block })
        {
            block.UndoActive++;
        }
    }

    private static StepSnapshot Write(StepState step) => new()
    {
        Path = step.Path,
        Kind = step.Kind,
        Status = step.Status,
        Attempt = step.Attempt,
        Begun = step.Begun,
        StartedAt = step.StartedAt,
        EndedAt = step.EndedAt,
        Result = step.Result,
        Error = step.Error,
        Cause = step.Cause,
        Tolerated = step.Tolerated,
        Skipped = step.Skipped,
        Task = step.Task,
        Tags = step.Tags.IsEmpty ? null : [.. step.Tags],
        Arguments = step.Arguments,
        RetryAt = step.RetryAt,
        TimeoutAt = step.TimeoutAt,
        Facts = step.FactsByKey,
        UndoFacts = step.UndoFactsByKey,
        Lock = step.Lock,
        Items = step.Items.IsEmpty ? null : [.. step.Items],
        Then = step.Then,
        Phase = step.Phase,
        Approval = step.Approval,
        Wait = step.Wait,
        ChildRuns = step.ChildRuns.IsEmpty ? null : [.. step.ChildRuns],
        ChildAsked = step.ChildAsked,
        ChildRequest = step.ChildRequest,
        ChildReason = step.ChildReason,
        ChildToUndo = step.ChildToUndo,
        UndoArguments = step.UndoArguments,
        HalfWay = step.HalfWay,
        UndoAttempt = step.UndoAttempt,
        AttemptBase = step.AttemptBase,
        UndoBase = step.UndoBase,
        Stopping = step.Stopping,
        StopError = step.StopError,
        Failure = step.Failure,
        Caught = step.Caught,
        Pending = step.Pending,
        Undoable = step is { IsLeaf: true, UndoLeft: > 0 },
        UndoBegun = step.UndoBegun,
        Rank = step.Rank,
    };
}
