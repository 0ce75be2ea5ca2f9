using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Locks;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>The lock table decided plainly, every waiting row against every row at each change: what the table must come to.</summary>
internal sealed class PlainLockTable
{
    private readonly SortedDictionary<long, LockRow> rows = [];
    private long lastSequence;

    /// <summary>
    /// The greatest fencing token ever given. A token is the time in milliseconds, or one more than the last, so that
    /// the first token of a new journal is greater than those an older one left on the same clusters.
    /// </summary>
    public long LastToken { get; private set; }

    /// <summary>Sequences of rows changed or removed since the last <see cref="Clean"/>.</summary>
    public HashSet<long> Dirty { get; } = [];

    public IEnumerable<LockRow> Rows => rows.Values;

    public LockRow? Find(long sequence) => rows.GetValueOrDefault(sequence);

    public void Clean() => Dirty.Clear();

    /// <summary>Takes the rows of the store for its own.</summary>
    public void Load(IEnumerable<LockRow> stored, long lastToken)
    {
        rows.Clear();
        Dirty.Clear();
        lastSequence = 0;
        foreach (var row in stored)
        {
            rows.Add(row.Sequence, row);
            lastSequence = Math.Max(lastSequence, row.Sequence);
        }

        LastToken = lastToken;
    }

    /// <summary>Makes one transition's changes and gives the news that follow for any run.</summary>
    public ImmutableArray<LockUpdate> Apply(Transition transition)
    {
        if (transition.Locks.IsEmpty && (!transition.Ends || rows.Count == 0)) return [];

        var run = transition.Run;
        var updates = ImmutableArray.CreateBuilder<LockUpdate>();
        foreach (var change in transition.Locks)
        {
            switch (change)
            {
                case RequestLock request: Request(transition, request, updates); break;
                case ReleaseLock: Remove(row => row.Run == run && row.Path == change.Path); break;
                case AcknowledgeLock told: Acknowledge(run, told); break;
            }
        }

        if (transition.Ends) Remove(row => row.Run == run);
        Grant(transition.At, updates);
        return updates.ToImmutable();
    }

    /// <summary>What runs have not yet journaled.</summary>
    public ImmutableArray<LockUpdate> Untold() => [.. rows.Values.Where(row => !row.Told).Select(Tell).OfType<LockUpdate>()];

    /// <summary>The waiting and the held, each with what is in its way.</summary>
    public ImmutableArray<LockView> View() =>
        [.. InTurn().Concat(rows.Values.Where(row => row.Held)).OrderBy(row => row.Sequence).Select(row => new LockView(
            row.Run, row.Path, row.Resources, row.Token, row.At,
            row.Waits ? [.. Blockers(row).Select(blocker => blocker.Run).Distinct()] : []))];

    private void Request(Transition transition, RequestLock request, ImmutableArray<LockUpdate>.Builder updates)
    {
        var run = transition.Run;
        var before = rows.Values.FirstOrDefault(row => row.Run == run && row.Path == request.Path);
        if (before is { TakenBy: null } && before.Resources.SequenceEqual(request.Resources))
        {
            if (before.Held) updates.Add(new LockGranted(run, request.Path, before.Token));
            return;
        }

        if (before is not null) Remove(row => row.Sequence == before.Sequence);
        Put(new LockRow(
            ++lastSequence, run, transition.Root, request.Path, request.Resources, transition.Lane, transition.StartedBy, transition.At));
    }

    private void Acknowledge(RunId run, AcknowledgeLock told)
    {
        // A run that has journaled a grant may have lost it since, and is still to be told of that.
        foreach (var row in rows.Values.Where(row => row.Run == run && row.Path == told.Path && !row.Told && !row.Waits && row.Held != told.Loss).ToList())
        {
            if (row.Held) Put(row with { Told = true });
            else Remove(other => other.Sequence == row.Sequence);
        }
    }

    private void Grant(DateTimeOffset now, ImmutableArray<LockUpdate>.Builder updates)
    {
        foreach (var row in InTurn().ToList())
        {
            var blockers = Blockers(row).ToList();
            var taken = row.Lane == Lane.Emergency && blockers.TrueForAll(blocker => blocker.Held && blocker.Lane == Lane.Normal) ? blockers : [];
            if (taken.Count < blockers.Count) continue;

            foreach (var loser in taken)
            {
                var lost = loser with { TakenBy = row.Run, TakenByName = row.By, Told = false };
                Put(lost);
                updates.Add(Tell(lost)!);
            }

            LastToken = Math.Max(LastToken + 1, now.ToUnixTimeMilliseconds());
            var granted = row with { Token = LastToken };
            Put(granted);
            updates.Add(Tell(granted)!);
        }
    }

    private IEnumerable<LockRow> InTurn() =>
        rows.Values.Where(row => row.Waits).OrderByDescending(row => row.Lane == Lane.Emergency).ThenBy(row => row.Sequence);

    /// <summary>
    /// Held rows in the way, then earlier waiting ones; but not those that themselves wait for this row's own tree,
    /// which would wait for each other for ever.
    /// </summary>
    private IEnumerable<LockRow> Blockers(LockRow row)
    {
        foreach (var other in rows.Values)
        {
            if (other.Held && other.Root != row.Root && other.Overlaps(row)) yield return other;
        }

        foreach (var other in InTurn())
        {
            if (other.Sequence == row.Sequence) yield break;
            if (other.Root != row.Root && other.Overlaps(row) && !WaitsFor(other, row.Root)) yield return other;
        }
    }

    private bool WaitsFor(LockRow waiting, RunId root) => rows.Values.Any(row => row.Held && row.Root == root && row.Overlaps(waiting));

    private static LockUpdate? Tell(LockRow row) =>
        row.TakenBy is { } taker ? new LockTaken(row.Run, row.Path, taker, row.TakenByName ?? "", row.Token)
        : row.Held ? new LockGranted(row.Run, row.Path, row.Token)
        : null;

    private void Put(LockRow row)
    {
        rows[row.Sequence] = row;
        Dirty.Add(row.Sequence);
    }

    private void Remove(Predicate<LockRow> which)
    {
        foreach (var sequence in rows.Values.Where(row => which(row)).Select(row => row.Sequence).ToList())
        {
            rows.Remove(sequence);
            Dirty.Add(sequence);
        }
    }
}
