using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Locks;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>Makes batches of writes durable, each in one transaction. For the writer's thread.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly SqliteDatabase database;
    private readonly SqliteConnection connection;
    private readonly SqliteAppender appender;
    private readonly SqliteStatement begin;
    private readonly SqliteStatement commit;
    private readonly SqliteStatement rollback;
    private readonly LockTable locks = new();
    private readonly List<JournalEntry> uncommitted = [];
    private volatile LockState committed = new([], []);
    private bool locksChanged;
    private long commits;

    public SqliteWriter(SqliteDatabase database)
    {
        this.database = database;
        connection = database.ConnectWriter();
        Tail = new JournalTail(Read("SELECT coalesce(max(position), 0) FROM transitions", row => row.GetInt64(0)).Single());
        ReadLocks();
        appender = new SqliteAppender(connection);
        begin = new SqliteStatement(connection, "BEGIN IMMEDIATE");
        commit = new SqliteStatement(connection, "COMMIT");
        rollback = new SqliteStatement(connection, "ROLLBACK");
        commits = CommitLoss.Read(connection);
        database.Watch(commits);
    }

    public JournalTail Tail { get; }

    /// <summary>As last committed.</summary>
    public ImmutableArray<LockView> Locks => committed.View;

    /// <summary>Grants and losses that the runs have not journaled, as last committed.</summary>
    public ImmutableArray<LockUpdate> UntoldLocks => committed.Untold;

    public void Commit(List<JournalWrite> writes)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                database.AwaitFiles();
                begin.Execute();
                foreach (var write in writes) Write(write);
                appender.WriteCommits(commits + 1);
                commit.Execute();
                database.Committed(++commits);
                database.Writing.Over();
                break;
            }
            catch (SqliteException error) when (SqliteFault.IsDamage(error))
            {
                TryRollback();
                throw database.Broken(error);
            }
            catch (SqliteException error) when (SqliteFault.IsPassing(error))
            {
                // Who waits has done nothing wrong, and what came of its task must not be lost: the disk is waited for.
                TryRollback();
                if (database.Closing.IsCancellationRequested) throw new JournalUnavailableException(database.Explain(error), error);
                database.Writing.Met(error);
                database.Closing.WaitHandle.WaitOne(StoreHealth.Pause(failures + 1));
            }
            catch
            {
                TryRollback();
                throw;
            }
        }

        // Between the look and the commit the files may have gone.
        database.AwaitFiles();
        EngineMetrics.Commits.Record(writes.Count);
        if (locksChanged) ShowLocks();
        if (uncommitted.Count > 0) Tail.Publish(CollectionsMarshal.AsSpan(uncommitted));
        uncommitted.Clear();
        foreach (var write in writes) write.Complete();
    }

    public void Dispose()
    {
        begin.Dispose();
        commit.Dispose();
        rollback.Dispose();
        appender.Dispose();
        connection.Dispose();
    }

    private void Write(JournalWrite write)
    {
        switch (write)
        {
            case AppendWrite append:
                append.Result = Append(append);
                break;
            case LeaseWrite lease:
                lease.Result = [.. lease.Changes.Select(change => appender.Lease(change))];
                break;
            case SnapshotWrite snapshot:
                appender.WriteSnapshot(snapshot.Run, snapshot.Version, snapshot.State);
                break;
            case AuditEventWrite auditEvent:
                auditEvent.Result = appender.TryWrite(auditEvent.AuditEvent);
                if (auditEvent.Result > 0 && auditEvent.Runbook is { } published) appender.Write(published);
                break;
            case DocumentWrite document:
                document.Result = appender.TryWrite(document.Document);
                break;
            case RunbookWrite publish:
                appender.Write(publish.Runbook);
                break;
            default:
                throw new UnreachableException(write.GetType().Name);
        }
    }

    private AppendResult Append(AppendWrite append)
    {
        var position = Tail.Position + uncommitted.Count + 1;
        if (!appender.TryAppend(append.Transition, position, append.Events)) return AppendResult.Conflicted;

        if (!append.Transition.Events.IsEmpty) uncommitted.Add(append.ToEntry(position));
        var updates = locks.Apply(append.Transition);
        locksChanged |= locks.Dirty.Count > 0;
        appender.Write(locks);
        return new AppendResult(false, position, updates);
    }

    private void TryRollback()
    {
        try
        {
            rollback.Execute();
        }
        catch (SqliteException)
        {
            // The failure itself has ended the transaction.
        }

        // What the writes have changed in memory is read again.
        uncommitted.Clear();
        ReadLocks();
    }

    private void ReadLocks()
    {
        locks.Load(
            Read("SELECT body FROM locks ORDER BY sequence", row => SqlRows.ReadLock(row.GetString(0))),
            Read($"SELECT value FROM counters WHERE name = '{SqliteAppender.LockToken}'", row => row.GetInt64(0)).SingleOrDefault());
        ShowLocks();
    }

    private void ShowLocks()
    {
        committed = new LockState(locks.View(), locks.Untold());
        locksChanged = false;
    }

    private List<T> Read<T>(string sql, Func<SqliteDataReader, T> map)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var found = new List<T>();
        while (reader.Read()) found.Add(map(reader));
        return found;
    }

    private sealed record LockState(ImmutableArray<LockView> View, ImmutableArray<LockUpdate> Untold);
}
