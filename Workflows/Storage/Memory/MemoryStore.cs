using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Locks;

namespace Orchestrator.Workflows.Storage.Memory;

/// <summary>
/// What journals in memory have in common: one in production, one for each server of a simulation. It keeps every run that is
/// open, and of those that ended the latest: the older ones are forgotten, tree by tree, so that memory does not grow for ever.
/// </summary>
/// <param name="clock">By which it tells who has been silent.</param>
/// <param name="keptEnds">Ends of runs that are remembered.</param>
internal sealed class MemoryStore(TimeProvider clock, int keptEnds)
{
    private readonly Lock gate = new();

    // Null where the run is forgotten.
    private readonly List<JournalEntry?> entries = [];
    private readonly Queue<RunId> endedRoots = new();
    private readonly Dictionary<RunId, StoredEntries> runs = [];
    private readonly Dictionary<(RunId From, StepPath Path, MessageKind Kind), Message> messages = [];
    private readonly LockTable locks = new();
    private readonly Dictionary<string, StoredRunbook> runbooks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredDocument> documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredRunbook> latest = new(StringComparer.Ordinal);
    private readonly List<AuditEvent> auditEvents = [];

    private long lastSequence;

    // Positions up to here are no longer in the list, and so many of the list's first are null.
    private long cut;
    private int hollow;

    public JournalTail Tail { get; } = new(0);

    public MemoryMembership Members { get; } = new(clock);

    public ImmutableArray<LockView> Locks()
    {
        lock (gate) return locks.View();
    }

    /// <summary>Throws <see cref="FencedException"/>.</summary>
    public AppendResult Append(Transition transition, MemoryMembership.Seat seat)
    {
        lock (gate)
        {
            seat.Check();
            runs.TryGetValue(transition.Run, out var run);
            if (!transition.Events.IsEmpty && transition.Expected != (run?.Entries.Count ?? 0)) return AppendResult.Conflicted;

            run ??= Add(transition);
            if (!transition.Events.IsEmpty)
            {
                var entry = new JournalEntry(cut + entries.Count + 1, transition.Run, transition.Expected + 1, transition.At, transition.Events);
                entries.Add(entry);
                run.Entries.Add(entry);
            }

            run.Apply(transition);
            foreach (var done in transition.MessagesDone)
            {
                if (messages.TryGetValue(done.Position, out var message) && message.Id.IsAnsweredBy(done)) messages.Remove(done.Position);
            }

            foreach (var message in transition.MessagesAdded) messages[message.Id.Position] = message;
            var news = locks.Apply(transition);
            if (!transition.Events.IsEmpty) Tail.Publish(entries[^1]!);
            if (transition.Ends) Ended(transition.Root);
            return new AppendResult(false, cut + entries.Count, news);
        }
    }

    public bool[] Lease(ImmutableArray<LeaseChange> changes)
    {
        lock (gate) return [.. changes.Select(change => runs.TryGetValue(change.Run, out var run) && run.Lease(change))];
    }

    /// <summary>The audit event's position; 0: its subject has another version than the one before it.</summary>
    public long AddAuditEvent(AuditEvent auditEvent, StoredRunbook? runbook)
    {
        lock (gate)
        {
            if (auditEvent.Version != 1 + auditEvents.Count(earlier => earlier.Subject == auditEvent.Subject)) return 0;

            auditEvents.Add(auditEvent with { Position = auditEvents.Count + 1 });
            if (runbook is not null) runbooks[runbook.Digest] = latest[runbook.Name] = runbook;
            return auditEvents.Count;
        }
    }

    public List<AuditEvent> AuditEvents(long after, int limit)
    {
        lock (gate) return [.. auditEvents.Skip((int)Math.Min(after, int.MaxValue)).Take(limit)];
    }

    public List<AuditEvent> LatestAuditEvents(AuditQuery query, long before, int limit)
    {
        lock (gate)
        {
            return query.Run is not null ? []
                : [.. Enumerable.Reverse(auditEvents).SkipWhile(one => one.Position >= before).Where(one => query.Matches(null, one.At, one.By, one.Kind)).Take(limit)];
        }
    }

    public List<RunAuditEvent> RunAudit(AuditQuery query, (long Position, int Number) before, int limit)
    {
        lock (gate)
        {
            var found = new List<RunAuditEvent>();
            for (var index = entries.Count - 1; index >= 0 && found.Count < limit; index--)
            {
                if (entries[index] is not { } entry || entry.Position > before.Position || (query.Run is { } run && entry.Run != run)) continue;
                found.AddRange(
                    from one in Model.Store.RunAudit.Of(entry.Events).Reverse()
                    where (entry.Position < before.Position || one.Number < before.Number) && query.Matches(entry.Run, entry.At, one.By, one.Kind)
                    select new RunAuditEvent(entry.Position, one.Number, entry.Run, entry.At, entry.Events[one.Number - 1]));
            }

            return found.Count > limit ? found[..limit] : found;
        }
    }

    public void Publish(StoredRunbook runbook)
    {
        lock (gate) runbooks[runbook.Digest] = latest[runbook.Name] = runbook;
    }

    public StoredRunbook? FindRunbook(string digest)
    {
        lock (gate) return runbooks.GetValueOrDefault(digest);
    }

    public StoredDocument? FindDocument(string key)
    {
        lock (gate) return documents.GetValueOrDefault(key);
    }

    public List<string> DocumentKeys(string prefix)
    {
        lock (gate) return [.. documents.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public bool Put(StoredDocument document)
    {
        lock (gate)
        {
            if ((documents.GetValueOrDefault(document.Key)?.Version ?? 0) != document.Version - 1) return false;
            documents[document.Key] = document;
            return true;
        }
    }

    public StoredRunbook? FindLatestRunbook(string name)
    {
        lock (gate) return latest.GetValueOrDefault(name);
    }

    public StoredRun? Load(RunId run)
    {
        lock (gate) return runs.TryGetValue(run, out var stored) && stored.Summary is { } summary ? new StoredRun(summary, null, 0, [.. stored.Entries]) : null;
    }

    public RunSummary? Find(RunId run)
    {
        lock (gate) return runs.GetValueOrDefault(run)?.Summary;
    }

    public RunPage List(RunQuery query)
    {
        var before = RunCursor.Parse(query.Cursor);
        lock (gate)
        {
            var page = runs.Values
                .Where(run => run.Sequence < before && run.Summary is { } summary && query.Matches(summary))
                .OrderByDescending(run => run.Sequence)
                .Take(query.Limit + 1)
                .ToList();
            var more = page.Count > query.Limit;
            if (more) page.RemoveAt(query.Limit);
            return new RunPage([.. page.Select(run => run.Summary!)], more ? RunCursor.Format(page[^1].Sequence) : null);
        }
    }

    public List<JournalEntry> Read(RunId run, long afterVersion)
    {
        lock (gate) return runs.TryGetValue(run, out var stored) ? [.. stored.Entries.Skip((int)Math.Min(afterVersion, int.MaxValue))] : [];
    }

    public List<JournalEntry> ReadPage(long afterPosition, RunId? run, int limit)
    {
        var page = new List<JournalEntry>();
        lock (gate)
        {
            for (var at = IndexAfter(afterPosition); at < entries.Count && page.Count < limit; at++)
            {
                if (entries[at] is { } entry && (run is null || entry.Run == run)) page.Add(entry);
            }
        }

        return page;
    }

    public List<JournaledFact> Facts(long afterPosition, RunId? root)
    {
        lock (gate)
        {
            var found = root is null
                ? entries.Skip(IndexAfter(afterPosition)).OfType<JournalEntry>()
                : runs.Values.Where(run => run.Summary?.Root == root).SelectMany(run => run.Entries).Where(entry => entry.Position > afterPosition).OrderBy(entry => entry.Position);
            return [.. found.SelectMany(entry => entry.Facts())];
        }
    }

    public List<PendingTask> PendingTasks(DateTimeOffset leaseEndsBefore)
    {
        lock (gate) return [.. runs.Values.SelectMany(run => run.Tasks.Values).Where(task => task.LeaseUntil < leaseEndsBefore)];
    }

    public List<PendingTimer> PendingTimers()
    {
        lock (gate) return [.. runs.SelectMany(run => run.Value.Timers.Select(timer => new PendingTimer(run.Key, timer.Key, timer.Value)))];
    }

    public List<Message> PendingMessages()
    {
        lock (gate) return [.. messages.Values];
    }

    public ImmutableArray<LockUpdate> UntoldLocks()
    {
        lock (gate) return locks.Untold();
    }

    private StoredEntries Add(Transition transition)
    {
        var run = runs[transition.Run] = new StoredEntries(++lastSequence);
        if (transition.Root != transition.Run && runs.TryGetValue(transition.Root, out var root)) root.Tree.Add(transition.Run);
        return run;
    }

    private int IndexAfter(long position) => (int)Math.Clamp(position - cut, 0, entries.Count);

    private void Ended(RunId root)
    {
        endedRoots.Enqueue(root);
        if (endedRoots.Count > keptEnds) Forget(endedRoots.Dequeue());
    }

    /// <summary>Forgets a tree of runs that have all ended; any other comes again with its next end.</summary>
    private void Forget(RunId root)
    {
        if (!runs.TryGetValue(root, out var stored) || !HasEnded(root) || !stored.Tree.TrueForAll(HasEnded)) return;

        foreach (var run in (IEnumerable<RunId>)[root, .. stored.Tree])
        {
            if (!runs.Remove(run, out var forgotten)) continue;
            foreach (var entry in forgotten.Entries) entries[(int)(entry.Position - cut - 1)] = null;
        }

        while (hollow < entries.Count && entries[hollow] is null) hollow++;
        if (hollow < 1024 || hollow < entries.Count / 2) return;
        entries.RemoveRange(0, hollow);
        cut += hollow;
        hollow = 0;
    }

    private bool HasEnded(RunId run) => runs.GetValueOrDefault(run)?.Summary is null or { Ended: true };

    private sealed class StoredEntries(long sequence)
    {
        public long Sequence { get; } = sequence;

        /// <summary>Of a root: the runs within it.</summary>
        public List<RunId> Tree { get; } = [];

        public RunSummary? Summary { get; private set; }

        public List<JournalEntry> Entries { get; } = [];

        public Dictionary<TaskId, PendingTask> Tasks { get; private set; } = [];

        public Dictionary<TimerId, DateTimeOffset> Timers { get; private set; } = [];

        public void Apply(Transition transition)
        {
            Summary = transition.Summary ?? Summary;
            foreach (var task in transition.TasksRemoved) Tasks.Remove(task);
            foreach (var task in transition.TasksAdded) Tasks[task.Id] = task;
            foreach (var timer in transition.TimersCleared) Timers.Remove(timer);
            foreach (var timer in transition.TimersSet) Timers[timer.Timer] = timer.Due;
            if (!transition.Ends) return;
            // New ones: an emptied dictionary keeps its size.
            Tasks = [];
            Timers = [];
        }

        public bool Lease(LeaseChange change)
        {
            if (!Tasks.TryGetValue(change.Task, out var task)) return false;
            // One that was made before, and whose answer was lost, counts as made.
            if (task.Token != change.Expected && (task.Token != change.Token || task.Owner != change.Owner)) return false;
            Tasks[change.Task] = task with { Owner = change.Owner, Token = change.Token, LeaseUntil = change.Until };
            return true;
        }
    }
}
