using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>A journal in a database: each commit is on the disk when it is answered, and appends of many runs share one.</summary>
/// <param name="commit">See <see cref="GroupCommit"/>.</param>
internal abstract class SqlJournal(SqlQueries queries, SqlAudit audit, Action<List<JournalWrite>> commit) : IJournal
{
    private const int PageLength = 500;

    private readonly GroupCommit writer = new(commit);

    public abstract IMembership Members { get; }

    public abstract JournalTail Tail { get; }

    public abstract StoreUnavailable? Unavailable { get; }

    public Task<AppendResult> AppendAsync(Transition transition)
    {
        // On the caller's thread: the writer's is the one that all share.
        var events = transition.Events.IsEmpty ? [] : JsonSerializer.SerializeToUtf8Bytes(transition.Events, WorkflowJson.Options);
        return writer.WriteAsync(new AppendWrite(transition, events));
    }

    public Task<bool[]> LeaseAsync(ImmutableArray<LeaseChange> changes) => writer.WriteAsync(new LeaseWrite(changes));

    public Task SaveSnapshotAsync(RunId run, long version, byte[] state) => writer.WriteAsync(new SnapshotWrite(run, version, state));

    public Task PublishAsync(StoredRunbook runbook) => writer.WriteAsync(new RunbookWrite(runbook));

    public virtual Task<long> AddAuditEventAsync(AuditEvent auditEvent, StoredRunbook? runbook) => writer.WriteAsync(new AuditEventWrite(auditEvent, runbook));

    public Task<List<AuditEvent>> AuditEventsAsync(long afterPosition, int limit, CancellationToken cancellationToken) => audit.EventsAsync(afterPosition, limit, cancellationToken);

    public Task<List<AuditEvent>> LatestAuditEventsAsync(AuditQuery query, long beforePosition, int limit, CancellationToken cancellationToken) =>
        audit.LatestEventsAsync(query, beforePosition, limit, cancellationToken);

    public Task<List<RunAuditEvent>> RunAuditAsync(AuditQuery query, (long Position, int Number) before, int limit, CancellationToken cancellationToken) =>
        audit.OfRunsAsync(query, before, limit, cancellationToken);

    public Task<StoredDocument?> FindDocumentAsync(string key, CancellationToken cancellationToken) => queries.DocumentAsync(key, cancellationToken);

    public Task<List<string>> DocumentKeysAsync(string prefix, CancellationToken cancellationToken) => queries.DocumentKeysAsync(prefix, cancellationToken);

    public virtual Task<bool> PutDocumentAsync(StoredDocument document) => writer.WriteAsync(new DocumentWrite(document));

    public Task<StoredRunbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken) => queries.RunbookAsync(digest, cancellationToken);

    public Task<StoredRunbook?> FindLatestRunbookAsync(string name, CancellationToken cancellationToken) => queries.LatestRunbookAsync(name, cancellationToken);

    public Task<StoredRun?> LoadAsync(RunId run, CancellationToken cancellationToken) => queries.LoadAsync(run, cancellationToken);

    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken) => queries.FindAsync(run, cancellationToken);

    public Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken) => queries.ListAsync(query, cancellationToken);

    public async IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<JournalEntry> page;
        do
        {
            page = await queries.PageByVersionAsync(run, afterVersion, PageLength, cancellationToken);
            foreach (var entry in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
                afterVersion = entry.Version;
            }
        }
        while (page.Count == PageLength);
    }

    public Task<List<JournalEntry>> ReadPageAsync(long afterPosition, RunId? run, int limit, CancellationToken cancellationToken) =>
        queries.PageAsync(afterPosition, run, limit, cancellationToken);

    public abstract ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken);

    public async IAsyncEnumerable<JournaledFact> FactsAsync(long afterPosition, RunId? root, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<JournalEntry> page;
        do
        {
            page = await queries.FactsPageAsync(afterPosition, root, PageLength, cancellationToken);
            foreach (var entry in page)
            {
                foreach (var fact in entry.Facts())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return fact;
                }

                afterPosition = entry.Position;
            }
        }
        while (page.Count == PageLength);
    }

    public Task<List<PendingTask>> PendingTasksAsync(DateTimeOffset leaseEndsBefore, CancellationToken cancellationToken) =>
        queries.TasksAsync(leaseEndsBefore, cancellationToken);

    public Task<List<PendingTimer>> PendingTimersAsync(CancellationToken cancellationToken) => queries.TimersAsync(cancellationToken);

    public Task<List<Message>> PendingMessagesAsync(CancellationToken cancellationToken) => queries.MessagesAsync(cancellationToken);

    public abstract Task<ImmutableArray<LockUpdate>> UntoldLocksAsync(CancellationToken cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Closing();
        // Its thread ends with what waits: not on the caller's.
        await Task.Run(writer.Dispose);
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What waits is written now or never.</summary>
    protected virtual void Closing()
    {
    }

    /// <summary>Nothing is written any more.</summary>
    protected abstract ValueTask CloseAsync();
}
