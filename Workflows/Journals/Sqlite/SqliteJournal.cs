using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Workflows.Journals.Sqlite;

/// <summary>A journal in one file of SQLite: write-ahead log, each commit synced to the disk, appends group-committed.</summary>
internal sealed class SqliteJournal : IJournal
{
    private const int PageLength = 500;

    private readonly SqliteDatabase database;
    private readonly SqliteQueries queries;
    private readonly SqliteConnection connection;
    private readonly SqliteAppender appender;
    private readonly SqliteWriter writer;
    private readonly LockTable locks = new();
    private readonly List<JournalEntry> uncommitted = [];
    private volatile StrongBox<ImmutableArray<LockView>> lockViews = new([]);
    private bool locksChanged;

    private SqliteJournal(SqliteDatabase database)
    {
        this.database = database;
        queries = new SqliteQueries(database);
        Tail = new JournalTail(queries.LastPosition());
        ReadLocks();
        connection = database.ConnectWriter();
        appender = new SqliteAppender(connection);
        writer = new SqliteWriter(connection, Committed, Undone);
    }

    public JournalTail Tail { get; }

    public ImmutableArray<LockView> Locks => lockViews.Value;

    /// <summary>Opens the journal of a folder. Throws <see cref="JournalUnavailableException"/> when it is in use, broken or newer than this program.</summary>
    public static SqliteJournal Open(string folder)
    {
        var database = SqliteDatabase.Open(folder);
        try
        {
            return new SqliteJournal(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public Task<AppendResult> AppendAsync(Transition transition)
    {
        // On the caller's thread: the writer's is the one that all share.
        var events = transition.Events.IsEmpty ? [] : JsonSerializer.SerializeToUtf8Bytes(transition.Events, WorkflowJson.Options);
        return writer.WriteAsync(() =>
        {
            var position = Tail.Position + uncommitted.Count + 1;
            if (!appender.TryAppend(transition, position, events)) return AppendResult.Conflicted;

            if (!transition.Events.IsEmpty)
                uncommitted.Add(new JournalEntry(position, transition.Run, transition.Expected + 1, transition.At, transition.Events));
            var news = locks.Apply(transition);
            locksChanged |= locks.Dirty.Count > 0;
            appender.Write(locks);
            return new AppendResult(false, position, news);
        });
    }

    public Task<bool[]> LeaseAsync(ImmutableArray<LeaseChange> changes) =>
        writer.WriteAsync(() => changes.Select(change => appender.Lease(change)).ToArray());

    public Task SaveSnapshotAsync(RunId run, long version, byte[] state) => writer.WriteAsync(() =>
    {
        appender.WriteSnapshot(run, version, state);
        return true;
    });

    public Task PublishAsync(StoredRunbook runbook) => writer.WriteAsync(() =>
    {
        appender.Write(runbook);
        return true;
    });

    public Task<long> AddDeedAsync(Deed deed, StoredRunbook? runbook) => writer.WriteAsync(() =>
    {
        var position = appender.TryWrite(deed);
        if (position > 0 && runbook is not null) appender.Write(runbook);
        return position;
    });

    public Task<List<Deed>> DeedsAsync(long afterPosition, int limit, CancellationToken cancellationToken) => Task.FromResult(queries.Deeds(afterPosition, limit));

    public Task<StoredRunbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken) => Task.FromResult(queries.Runbook(digest));

    public Task<StoredRunbook?> FindLatestRunbookAsync(string name, CancellationToken cancellationToken) => Task.FromResult(queries.LatestRunbook(name));

    public Task<StoredRun?> LoadAsync(RunId run, CancellationToken cancellationToken) => Task.FromResult(queries.Load(run));

    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken) => Task.FromResult(queries.Find(run));

    public Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken) => Task.FromResult(queries.List(query));

    public async IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<JournalEntry> page;
        do
        {
            page = queries.PageByVersion(run, afterVersion, PageLength);
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
        Task.FromResult(queries.Page(afterPosition, run, limit));

    public async IAsyncEnumerable<RecordedFact> FactsAsync(long afterPosition, RunId? root, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<JournalEntry> page;
        do
        {
            page = queries.FactsPage(afterPosition, root, PageLength);
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
        Task.FromResult(queries.Tasks(leaseEndsBefore));

    public Task<List<PendingTimer>> PendingTimersAsync(CancellationToken cancellationToken) => Task.FromResult(queries.Timers());

    public Task<List<Message>> PendingMessagesAsync(CancellationToken cancellationToken) => Task.FromResult(queries.Messages());

    // Through the writer, whose table it is.
    public Task<ImmutableArray<LockNews>> UntoldLocksAsync(CancellationToken cancellationToken) => writer.WriteAsync(locks.Untold);

    public ValueTask DisposeAsync()
    {
        writer.Dispose();
        appender.Dispose();
        connection.Dispose();
        database.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Committed(int writes)
    {
        EngineMetrics.Commits.Record(writes);
        if (locksChanged) lockViews = new(locks.View());
        locksChanged = false;
        if (uncommitted.Count > 0) Tail.Publish(CollectionsMarshal.AsSpan(uncommitted));
        uncommitted.Clear();
    }

    private void Undone()
    {
        uncommitted.Clear();
        locksChanged = true;
        ReadLocks();
    }

    private void ReadLocks()
    {
        var (rows, lastToken) = queries.Locks();
        locks.Load(rows, lastToken);
        lockViews = new(locks.View());
    }
}
