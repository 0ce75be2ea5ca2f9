using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Memory;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>A journal in one file of SQLite: write-ahead log, each commit synced to the disk, one process at a time.</summary>
internal sealed class SqliteJournal : SqlJournal
{
    private readonly SqliteDatabase database;
    private readonly SqliteWriter writer;

    private SqliteJournal(SqliteDatabase database, SqlQueries queries, SqliteWriter writer, TimeProvider systemClock)
        : base(queries, new SqlAudit(database), writer.Commit)
    {
        this.database = database;
        this.writer = writer;
        Members = new MemoryMembership(systemClock, database.ReadFormat(), database.RaiseFormat).Take();
    }

    // The file is one process's own, so the only server is this one.
    public override IMembership Members { get; }

    public override JournalTail Tail => writer.Tail;

    public override StoreUnavailable? Unavailable => database.Unavailable;

    /// <summary>Opens the journal of a folder. Throws <see cref="JournalUnavailableException"/> when it is in use, broken, newer than this program, or when acknowledged commits are missing.</summary>
    public static SqliteJournal Open(string folder, TimeProvider systemClock, ILogger? logger = null, SqliteOpening opening = default)
    {
        var database = SqliteDatabase.Open(folder, systemClock, logger ?? NullLogger.Instance, opening);
        try
        {
            return new SqliteJournal(database, new SqlQueries(database), new SqliteWriter(database), systemClock);
        }
        catch (Microsoft.Data.Sqlite.SqliteException error)
        {
            database.Dispose();
            throw new JournalUnavailableException(database.Explain(error), error);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public override ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken) => ValueTask.FromResult(writer.Locks);

    public override Task<ImmutableArray<LockUpdate>> UntoldLocksAsync(CancellationToken cancellationToken) => Task.FromResult(writer.UntoldLocks);

    protected override void Closing() => database.GiveUp();

    protected override ValueTask CloseAsync()
    {
        writer.Dispose();
        database.Dispose();
        return ValueTask.CompletedTask;
    }
}
