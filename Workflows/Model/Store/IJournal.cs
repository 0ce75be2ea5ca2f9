using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>The one truth about runs: in memory for a process's life, or in a database.</summary>
internal interface IJournal : IAsyncDisposable
{
    /// <summary>Null: the store answers; else what is wrong. Meanwhile reads and writes wait.</summary>
    StoreUnavailable? Unavailable { get; }

    /// <summary>The servers that share the store.</summary>
    IMembership Members { get; }

    JournalTail Tail { get; }

    /// <summary>
    /// Makes a transition durable, whole or not at all. A conflict concerns this run alone. Throws
    /// <see cref="FencedException"/> when this server has been evicted: then nothing was written.
    /// </summary>
    Task<AppendResult> AppendAsync(Transition transition);

    /// <summary>Claims or renews tasks, and gives for each whether it is the caller's now. To make a change again changes nothing.</summary>
    Task<bool[]> LeaseAsync(ImmutableArray<LeaseChange> changes);

    /// <summary>Keeps a run's state as of a version; an older one is forgotten.</summary>
    Task SaveSnapshotAsync(RunId run, long version, byte[] state);

    /// <summary>Keeps a version of a runbook and makes it the last published of its name.</summary>
    Task PublishAsync(StoredRunbook runbook);

    Task<StoredRunbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken);

    /// <summary>Keeps an audit event and the version that it publishes, when it does, both or neither; gives its position, 0: the subject has another version than the one before it.</summary>
    Task<long> AddAuditEventAsync(AuditEvent auditEvent, StoredRunbook? runbook);

    /// <summary>At most <paramref name="limit"/> audit events after a position, in order.</summary>
    Task<List<AuditEvent>> AuditEventsAsync(long afterPosition, int limit, CancellationToken cancellationToken);

    /// <summary>At most <paramref name="limit"/> audit events before a position, newest first.</summary>
    Task<List<AuditEvent>> LatestAuditEventsAsync(AuditQuery query, long beforePosition, int limit, CancellationToken cancellationToken);

    /// <summary>At most <paramref name="limit"/> events of runs that people caused, newest first, before one of an entry.</summary>
    /// <param name="before">The entry's position and the event's number in it.</param>
    Task<List<RunAuditEvent>> RunAuditAsync(AuditQuery query, (long Position, int Number) before, int limit, CancellationToken cancellationToken);

    Task<StoredDocument?> FindDocumentAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keys of the documents whose keys begin so, sorted.</summary>
    Task<List<string>> DocumentKeysAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Keeps a version of a document; false: it has another version than the one before, and nothing was changed.</summary>
    Task<bool> PutDocumentAsync(StoredDocument document);

    /// <summary>The version published last.</summary>
    Task<StoredRunbook?> FindLatestRunbookAsync(string name, CancellationToken cancellationToken);

    Task<StoredRun?> LoadAsync(RunId run, CancellationToken cancellationToken);

    Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken);

    Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken);

    IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion, CancellationToken cancellationToken);

    /// <summary>At most <paramref name="limit"/> entries after a position, of all runs or one, in order.</summary>
    Task<List<JournalEntry>> ReadPageAsync(long afterPosition, RunId? run, int limit, CancellationToken cancellationToken);

    /// <summary>Who holds and who waits for which resources, as last committed by any server.</summary>
    ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken);

    IAsyncEnumerable<JournaledFact> FactsAsync(long afterPosition, RunId? root, CancellationToken cancellationToken);

    /// <summary>Tasks without a result whose lease ends before a time on the system clock.</summary>
    Task<List<PendingTask>> PendingTasksAsync(DateTimeOffset leaseEndsBefore, CancellationToken cancellationToken);

    Task<List<PendingTimer>> PendingTimersAsync(CancellationToken cancellationToken);

    Task<List<Message>> PendingMessagesAsync(CancellationToken cancellationToken);

    /// <summary>Grants and losses that the runs have not journaled.</summary>
    Task<ImmutableArray<LockUpdate>> UntoldLocksAsync(CancellationToken cancellationToken);
}
