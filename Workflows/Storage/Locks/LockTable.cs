using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Locks;

/// <summary>One request of one run at one step, waiting (token 0), held, or taken over and not yet told.</summary>
internal sealed record LockRow(
    long Sequence, RunId Run, RunId Root, StepPath Path, ImmutableArray<string> Resources, Lane Lane, string By, DateTimeOffset At)
{
    public long Token { get; init; }

    /// <summary>The run has journaled what became of the request.</summary>
    public bool Told { get; init; }

    public RunId? TakenBy { get; init; }

    public string? TakenByName { get; init; }

    public bool Waits => Token == 0 && TakenBy is null;

    public bool Held => Token > 0 && TakenBy is null;

    public bool Overlaps(LockRow other) => Resources.Any(mine => other.Resources.Any(theirs => LockView.Overlap(mine, theirs)));

    /// <summary>By which those that wait have their turn: the emergency lane first, then who came first.</summary>
    public (bool Normal, long Sequence) Turn => (Lane != Lane.Emergency, Sequence);
}

/// <summary>
/// Who holds and who waits. First come, first served among requests that overlap; a run never waits for its own tree
/// of runs; the emergency lane goes before the normal one and takes over what that holds. Not safe for threads: the
/// journal's writer owns it, and writes <see cref="Dirty"/> rows in the transaction that changed them.
/// </summary>
/// <remarks>
/// A waiting row is decided on again only when something changed that it depends on: a row that overlaps it, or what its own tree holds. So a
/// change costs what it touches, however many wait.
/// </remarks>
internal sealed class LockTable
{
    private readonly SortedDictionary<long, LockRow> rows = [];
    private readonly LockIndex index = new();

    // Waiting rows to decide on again, by their turn.
    private readonly SortedSet<(bool Normal, long Sequence)> pending = [];
    private readonly SortedSet<long> untold = [];

    // What is shown of a row, until something changes that it depends on.
    private readonly Dictionary<long, LockView> views = [];
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

    /// <summary>True: the run holds or waits for something.</summary>
    public bool Concerns(RunId run) => index.OfRun(run).Count > 0;

    public void Clean() => Dirty.Clear();

    /// <summary>Takes the rows of the store for its own.</summary>
    public void Load(IEnumerable<LockRow> stored, long lastToken)
    {
        rows.Clear();
        index.Clear();
        pending.Clear();
        untold.Clear();
        views.Clear();
        lastSequence = 0;
        foreach (var row in stored) Put(row);
        Dirty.Clear();

        LastToken = lastToken;
    }

    /// <summary>Makes one transition's changes and gives the updates that follow for any run.</summary>
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
                case ReleaseLock: Remove(OfRun(run, change.Path)); break;
                case AcknowledgeLock told: Acknowledge(run, told); break;
            }
        }

        if (transition.Ends) Remove([.. index.OfRun(run).Select(sequence => rows[sequence])]);
        Grant(transition.At, updates);
        return updates.ToImmutable();
    }

    /// <summary>What runs have not yet journaled.</summary>
    public ImmutableArray<LockUpdate> Untold() => [.. untold.Select(sequence => Tell(rows[sequence])).OfType<LockUpdate>()];

    /// <summary>The waiting and the held, each with what is in its way.</summary>
    public ImmutableArray<LockView> View() => [.. rows.Values.Where(row => row.Waits || row.Held).Select(View)];

    private void Request(Transition transition, RequestLock request, ImmutableArray<LockUpdate>.Builder updates)
    {
        var run = transition.Run;
        var before = OfRun(run, request.Path).FirstOrDefault();
        if (before is { TakenBy: null } && before.Resources.SequenceEqual(request.Resources))
        {
            if (before.Held) updates.Add(new LockGranted(run, request.Path, before.Token));
            return;
        }

        if (before is not null) Remove([before]);
        Put(new LockRow(
            lastSequence + 1, run, transition.Root, request.Path, request.Resources, transition.Lane, transition.StartedBy, transition.At));
    }

    private void Acknowledge(RunId run, AcknowledgeLock told)
    {
        // A run that has journaled a grant may have lost it since, and is still to be told of that.
        foreach (var row in OfRun(run, told.Path).Where(row => !row.Told && !row.Waits && row.Held != told.Loss))
        {
            if (row.Held) Put(row with { Told = true });
            else Remove([row]);
        }
    }

    private void Grant(DateTimeOffset now, ImmutableArray<LockUpdate>.Builder updates)
    {
        // One pass in turn, as if every waiting row were decided on: what a grant changes for rows of a later turn is seen in the same pass.
        (bool Normal, long Sequence)? last = null;
        while (Next(last) is { } turn)
        {
            last = turn;
            pending.Remove(turn);
            if (rows.GetValueOrDefault(turn.Sequence) is not { Waits: true } row) continue;
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

    /// <summary>The first to decide on after a turn; null: none is left.</summary>
    private (bool Normal, long Sequence)? Next((bool Normal, long Sequence)? after)
    {
        if (pending.Count == 0) return null;
        if (after is not { } last) return pending.Min;
        if (pending.Max.CompareTo(last) <= 0) return null;
        return pending.GetViewBetween((last.Normal, last.Sequence + 1), pending.Max).Min;
    }

    /// <summary>
    /// Held rows in the way, then earlier waiting ones; but not those that themselves wait for this row's own tree,
    /// which would wait for each other for ever.
    /// </summary>
    private IEnumerable<LockRow> Blockers(LockRow row)
    {
        var others = index.Overlapping(row.Resources).Select(sequence => rows[sequence]).Where(other => other.Root != row.Root).ToList();
        return others.Where(other => other.Held)
            .Concat(others.Where(other => other.Waits && other.Turn.CompareTo(row.Turn) < 0 && !WaitsFor(other, row.Root)).OrderBy(other => other.Turn));
    }

    private bool WaitsFor(LockRow waiting, RunId root) => index.OfRoot(root).Select(sequence => rows[sequence]).Any(row => row.Held && row.Overlaps(waiting));

    private LockView View(LockRow row)
    {
        if (!views.TryGetValue(row.Sequence, out var view))
        {
            views[row.Sequence] = view = new LockView(
                row.Run, row.Path, row.Resources, row.Token, row.At, row.Waits ? [.. Blockers(row).Select(blocker => blocker.Run).Distinct()] : []);
        }

        return view;
    }

    private List<LockRow> OfRun(RunId run, StepPath path) => [.. index.OfRun(run).Select(sequence => rows[sequence]).Where(row => row.Path == path)];

    private static LockUpdate? Tell(LockRow row) =>
        row.TakenBy is { } taker ? new LockTaken(row.Run, row.Path, taker, row.TakenByName ?? "", row.Token)
        : row.Held ? new LockGranted(row.Run, row.Path, row.Token)
        : null;

    private void Put(LockRow row)
    {
        var before = rows.GetValueOrDefault(row.Sequence);
        if (before is null) index.Add(row);
        rows[row.Sequence] = row;
        lastSequence = Math.Max(lastSequence, row.Sequence);
        if (row.Told || row.Waits) untold.Remove(row.Sequence);
        else untold.Add(row.Sequence);
        if (row.Waits) pending.Add(row.Turn);
        // That the run was told changes nothing for others.
        if (before is not null && before.Waits == row.Waits && before.Held == row.Held) Dirty.Add(row.Sequence);
        else Changed(row, row.Held || before is { Held: true });
    }

    private void Remove(List<LockRow> gone)
    {
        foreach (var row in gone)
        {
            rows.Remove(row.Sequence);
            index.Remove(row);
            untold.Remove(row.Sequence);
            pending.Remove(row.Turn);
            Changed(row, row.Held);
        }
    }

    /// <param name="held">It holds, or did.</param>
    private void Changed(LockRow row, bool held)
    {
        Dirty.Add(row.Sequence);
        views.Remove(row.Sequence);
        foreach (var other in index.Overlapping(row.Resources)) DecideAgain(other);
        if (!held) return;
        // Those that wait for what a tree holds are not in the tree's own way.
        foreach (var own in index.OfRoot(row.Root)) DecideAgain(own);
    }

    private void DecideAgain(long sequence)
    {
        if (rows[sequence] is not { Waits: true } row) return;
        pending.Add(row.Turn);
        views.Remove(sequence);
    }
}
