using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// A journal in PostgreSQL, which several servers share. Entries have one order over all servers, without gaps; a server that is declared
/// dead is kept from writing; while the server is away reads and writes wait.
/// </summary>
internal sealed class PostgresJournal : SqlJournal
{
    private readonly PostgresDatabase database;
    private readonly PostgresMembership members;
    private readonly PostgresFollower follower;
    private readonly PostgresWriter writer;
    private readonly SharedLocks locks;
    private readonly PostgresAuditEvents auditEvents;
    private readonly PostgresDocuments documents;

    private PostgresJournal(PostgresDatabase database, SqlQueries queries, PostgresMembership members, PostgresFollower follower, PostgresWriter writer)
        : base(queries, new SqlAudit(database), writer.Commit)
    {
        this.database = database;
        this.members = members;
        this.follower = follower;
        this.writer = writer;
        locks = new SharedLocks(database);
        auditEvents = new PostgresAuditEvents(database);
        documents = new PostgresDocuments(database);
    }

    public override IMembership Members => members;

    public override JournalTail Tail => follower.Tail;

    public override StoreUnavailable? Unavailable => database.Reading.Unavailable ?? database.Writing.Unavailable;

    /// <summary>
    /// Opens the journal of a database, making its tables when they are missing. Throws <see cref="JournalUnavailableException"/> when the
    /// server cannot be reached or does not fit.
    /// </summary>
    public static async Task<PostgresJournal> OpenAsync(string connectionString, TimeProvider systemClock, ILogger logger, CancellationToken cancellationToken)
    {
        var database = await PostgresDatabase.OpenAsync(connectionString, systemClock, logger, cancellationToken);
        try
        {
            var queries = new SqlQueries(database);
            var members = new PostgresMembership(database);
            var follower = new PostgresFollower(database, queries, await queries.LastPositionAsync(cancellationToken));
            return new PostgresJournal(database, queries, members, follower, new PostgresWriter(database, members, follower));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken) => (await locks.ReadAsync(cancellationToken)).View;

    public override Task<long> AddAuditEventAsync(AuditEvent auditEvent, StoredRunbook? runbook) => auditEvents.AddAsync(auditEvent, runbook);

    public override Task<bool> PutDocumentAsync(StoredDocument document) => documents.PutAsync(document);

    public override async Task<ImmutableArray<LockUpdate>> UntoldLocksAsync(CancellationToken cancellationToken) => (await locks.ReadAsync(cancellationToken)).Untold;

    protected override void Closing() => database.GiveUp();

    protected override async ValueTask CloseAsync()
    {
        writer.Dispose();
        await follower.DisposeAsync();
        await members.DisposeAsync();
        await database.DisposeAsync();
    }
}
