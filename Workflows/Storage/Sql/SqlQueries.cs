using System.Globalization;
using System.Text;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>What is read, in SQL that every dialect understands.</summary>
internal sealed class SqlQueries(ISqlDatabase database)
{
    private readonly SqlRows rows = new(database);

    public async Task<long> LastPositionAsync(CancellationToken cancellationToken) =>
        (await database.ReadAsync("SELECT coalesce(max(position), 0) FROM transitions", row => row.GetInt64(0), cancellationToken)).Single();

    public async Task<StoredRunbook?> RunbookAsync(string digest, CancellationToken cancellationToken) =>
        (await database.ReadAsync($"SELECT {SqlRows.Runbook} FROM runbooks WHERE digest = @digest", SqlRows.ReadRunbook, cancellationToken, ("digest", digest))).SingleOrDefault();

    public async Task<StoredDocument?> DocumentAsync(string key, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            "SELECT key, version, holder, body FROM documents WHERE key = @key",
            row => new StoredDocument(row.GetString(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3)),
            cancellationToken, ("key", key))).SingleOrDefault();

    public async Task<List<string>> DocumentKeysAsync(string prefix, CancellationToken cancellationToken)
    {
        var keys = await database.ReadAsync("SELECT key FROM documents WHERE substr(key, 1, @length) = @prefix", row => row.GetString(0), cancellationToken, ("length", prefix.Length), ("prefix", prefix));
        // The two stores sort texts by different rules.
        return [.. keys.Order(StringComparer.Ordinal)];
    }

    public async Task<StoredRunbook?> LatestRunbookAsync(string name, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {SqlRows.Runbook} FROM runbooks WHERE name = @name ORDER BY published DESC LIMIT 1", SqlRows.ReadRunbook, cancellationToken, ("name", name))).SingleOrDefault();

    /// <summary>The entries are read after the snapshot, and none is ever removed: together they are whole, whatever is written in between.</summary>
    public Task<StoredRun?> LoadAsync(RunId run, CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, cancellation) =>
        {
            var found = await connection.ReadAsync(
                $"SELECT {SqlRows.Run}, snapshots.version, snapshots.state FROM runs LEFT JOIN snapshots ON snapshots.run = runs.run WHERE runs.run = @run",
                row => (
                    rows.ReadSummary(row).Summary,
                    Version: row.IsDBNull(SqlRows.RunColumns) ? 0 : row.GetInt64(SqlRows.RunColumns),
                    State: row.IsDBNull(SqlRows.RunColumns) ? null : Encoding.UTF8.GetBytes(row.GetString(SqlRows.RunColumns + 1))),
                cancellation, ("run", database.Key(run)));
            if (found is not [var (summary, version, state)]) return null;

            var entries = await connection.ReadAsync(
                $"SELECT {SqlRows.Entry} FROM transitions WHERE run = @run AND version > @version ORDER BY version", rows.ReadEntry,
                cancellation, ("run", database.Key(run)), ("version", version));
            return new StoredRun(summary, state, version, entries);
        },
        cancellationToken);

    public async Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken) =>
        (await database.ReadAsync($"SELECT {SqlRows.Run} FROM runs WHERE run = @run", rows.ReadSummary, cancellationToken, ("run", database.Key(run)))).SingleOrDefault().Summary;

    public async Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken)
    {
        var sql = new StringBuilder($"SELECT {SqlRows.Run} FROM runs WHERE sequence < @before");
        var parameters = new List<(string, object)> { ("before", RunCursor.Parse(query.Cursor)), ("limit", query.Limit + 1) };
        if (query.Runbook is { } runbook) Where("runbook = @runbook", ("runbook", runbook));
        if (query.Open is { } open) sql.Append(open ? " AND ended_at IS NULL" : " AND ended_at IS NOT NULL");
        if (query.Lane is { } lane) Where("lane = @lane", ("lane", EnumNames<Lane>.Of(lane)));
        if (query.StartedBy is { } startedBy) Where("started_by = @by", ("by", startedBy));
        if (query.Root is { } root) Where("root = @root", ("root", database.Key(root)));
        if (query.RootsOnly) sql.Append(" AND parent_run IS NULL");
        if (!query.Statuses.IsDefaultOrEmpty)
            sql.Append(" AND status IN (").AppendJoin(", ", query.Statuses.Select(status => $"'{EnumNames<RunStatus>.Of(status)}'")).Append(')');
        sql.Append(" ORDER BY sequence DESC LIMIT @limit");

        var found = await database.ReadAsync(sql.ToString(), rows.ReadSummary, cancellationToken, [.. parameters]);
        var more = found.Count > query.Limit;
        if (more) found.RemoveAt(query.Limit);
        return new RunPage([.. found.Select(run => run.Summary)], more ? RunCursor.Format(found[^1].Sequence) : null);

        void Where(string condition, (string, object) parameter)
        {
            sql.Append(CultureInfo.InvariantCulture, $" AND {condition}");
            parameters.Add(parameter);
        }
    }

    public Task<List<JournalEntry>> PageAsync(long after, RunId? run, int limit, CancellationToken cancellationToken) => run is { } one
        ? database.ReadAsync(
            $"SELECT {SqlRows.Entry} FROM transitions WHERE run = @run AND position > @after ORDER BY version LIMIT @limit", rows.ReadEntry,
            cancellationToken, ("run", database.Key(one)), ("after", after), ("limit", limit))
        : database.ReadAsync(
            $"SELECT {SqlRows.Entry} FROM transitions WHERE position > @after ORDER BY position LIMIT @limit", rows.ReadEntry,
            cancellationToken, ("after", after), ("limit", limit));

    public Task<List<JournalEntry>> PageByVersionAsync(RunId run, long afterVersion, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {SqlRows.Entry} FROM transitions WHERE run = @run AND version > @after ORDER BY version LIMIT @limit", rows.ReadEntry,
        cancellationToken, ("run", database.Key(run)), ("after", afterVersion), ("limit", limit));

    public Task<List<JournalEntry>> FactsPageAsync(long after, RunId? root, int limit, CancellationToken cancellationToken) => root is { } tree
        ? database.ReadAsync(
            $"SELECT {SqlRows.Entry} FROM transitions WHERE facts = 1 AND position > @after AND run IN (SELECT run FROM runs WHERE root = @root) ORDER BY position LIMIT @limit",
            rows.ReadEntry, cancellationToken, ("after", after), ("root", database.Key(tree)), ("limit", limit))
        : database.ReadAsync(
            $"SELECT {SqlRows.Entry} FROM transitions WHERE facts = 1 AND position > @after ORDER BY position LIMIT @limit", rows.ReadEntry,
            cancellationToken, ("after", after), ("limit", limit));

    public Task<List<PendingTask>> TasksAsync(DateTimeOffset leaseEndsBefore, CancellationToken cancellationToken) =>
        database.ReadAsync($"SELECT {SqlRows.Task} FROM tasks WHERE lease_until < @before", rows.ReadTask, cancellationToken, ("before", leaseEndsBefore.UtcTicks));

    public Task<List<PendingTimer>> TimersAsync(CancellationToken cancellationToken) =>
        database.ReadAsync("SELECT run, path, purpose, due FROM timers", rows.ReadTimer, cancellationToken);

    public Task<List<Message>> MessagesAsync(CancellationToken cancellationToken) =>
        database.ReadAsync("SELECT run, path, kind, number, body FROM messages", rows.ReadMessage, cancellationToken);
}
