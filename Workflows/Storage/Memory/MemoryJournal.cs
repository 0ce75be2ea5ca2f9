using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Memory;

/// <summary>A journal that ends with its process: for rehearsals, tests and trying things out. It is one server's way to a store in memory.</summary>
internal sealed class MemoryJournal(MemoryStore store) : IJournal
{
    private readonly MemoryMembership.Seat seat = store.Members.Take();

    /// <summary>On a store of its own.</summary>
    public MemoryJournal(int keptEnds = 10_000) : this(new MemoryStore(TimeProvider.System, keptEnds))
    {
    }

    public JournalTail Tail => store.Tail;

    public IMembership Members => seat;

    public StoreUnavailable? Unavailable => null;

    public Task<AppendResult> AppendAsync(Transition transition)
    {
        try
        {
            return Task.FromResult(store.Append(transition, seat));
        }
        catch (FencedException fenced)
        {
            return Task.FromException<AppendResult>(fenced);
        }
    }

    public Task<bool[]> LeaseAsync(ImmutableArray<LeaseChange> changes) => Task.FromResult(store.Lease(changes));

    // The entries are in memory as they are: a snapshot would save nothing.
    public Task SaveSnapshotAsync(RunId run, long version, byte[] state) => Task.CompletedTask;

    public Task PublishAsync(StoredRunbook runbook)
    {
        store.Publish(runbook);
        return Task.CompletedTask;
    }

    public Task<StoredDocument?> FindDocumentAsync(string key, CancellationToken cancellationToken) => Task.FromResult(store.FindDocument(key));

    public Task<List<string>> DocumentKeysAsync(string prefix, CancellationToken cancellationToken) => Task.FromResult(store.DocumentKeys(prefix));

    public Task<bool> PutDocumentAsync(StoredDocument document) => Task.FromResult(store.Put(document));

    public Task<long> AddAuditEventAsync(AuditEvent auditEvent, StoredRunbook? runbook) => Task.FromResult(store.AddAuditEvent(auditEvent, runbook));

    public Task<List<AuditEvent>> AuditEventsAsync(long afterPosition, int limit, CancellationToken cancellationToken) => Task.FromResult(store.AuditEvents(afterPosition, limit));

    public Task<List<AuditEvent>> LatestAuditEventsAsync(AuditQuery query, long beforePosition, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(store.LatestAuditEvents(query, beforePosition, limit));

    public Task<List<RunAuditEvent>> RunAuditAsync(AuditQuery query, (long Position, int Number) before, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(store.RunAudit(query, before, limit));

    public Task<StoredRunbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken) => Task.FromResult(store.FindRunbook(digest));

    public Task<StoredRunbook?> FindLatestRunbookAsync(string name, CancellationToken cancellationToken) => Task.FromResult(store.FindLatestRunbook(name));

    public Task<StoredRun?> LoadAsync(RunId run, CancellationToken cancellationToken) => Task.FromResult(store.Load(run));

    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken) => Task.FromResult(store.Find(run));

    public Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken) => Task.FromResult(store.List(query));

    public async IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var entry in store.Read(run, afterVersion))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    public Task<List<JournalEntry>> ReadPageAsync(long afterPosition, RunId? run, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(store.ReadPage(afterPosition, run, limit));

    public ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken) => ValueTask.FromResult(store.Locks());

    public async IAsyncEnumerable<JournaledFact> FactsAsync(long afterPosition, RunId? root, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var fact in store.Facts(afterPosition, root))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return fact;
        }
    }

    public Task<List<PendingTask>> PendingTasksAsync(DateTimeOffset leaseEndsBefore, CancellationToken cancellationToken) =>
        Task.FromResult(store.PendingTasks(leaseEndsBefore));

    public Task<List<PendingTimer>> PendingTimersAsync(CancellationToken cancellationToken) => Task.FromResult(store.PendingTimers());

    public Task<List<Message>> PendingMessagesAsync(CancellationToken cancellationToken) => Task.FromResult(store.PendingMessages());

    public Task<ImmutableArray<LockUpdate>> UntoldLocksAsync(CancellationToken cancellationToken) => Task.FromResult(store.UntoldLocks());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
