using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Journals.Sqlite;

/// <summary>What is read, each on a pooled connection of its own beside the writer.</summary>
internal sealed class SqliteQueries(SqliteDatabase database)
{
    public const string LockToken = "lock-token";

    private const string Transition = "SELECT position, run, version, at, events FROM transitions";

    private const string Run =
        "SELECT sequence, run, root, runbook, digest, status, lane, started_at, ended_at, started_by, parent_run, parent_path, error, labels FROM runs";

    private const string TaskRow =
        "SELECT run, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until FROM tasks";

    public long LastPosition() => Read("SELECT coalesce(max(position), 0) FROM transitions", row => row.GetInt64(0)).Single();

    public (List<LockRow> Rows, long LastToken) Locks() =>
        (Read("SELECT body FROM locks ORDER BY sequence", row => JsonSerializer.Deserialize<LockRow>(row.GetString(0), WorkflowJson.Options)!),
         Read($"SELECT value FROM counters WHERE name = '{LockToken}'", row => row.GetInt64(0)).SingleOrDefault());

    public StoredRunbook? Runbook(string digest) =>
        Read("SELECT name, digest, source FROM runbooks WHERE digest = $digest", ReadRunbook, ("$digest", digest)).SingleOrDefault();

    public StoredRunbook? LatestRunbook(string name) =>
        Read("SELECT name, digest, source FROM runbooks WHERE name = $name ORDER BY published DESC LIMIT 1", ReadRunbook, ("$name", name)).SingleOrDefault();

    public List<Deed> Deeds(long after, int limit) =>
        Read("SELECT position, subject, version, kind, person, at, body FROM deeds WHERE position > $after ORDER BY position LIMIT $limit",
            row => new Deed(
                row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.GetString(4), ReadTime(row, 5), JsonElement.Parse(row.GetString(6))),
            ("$after", after), ("$limit", limit));

    public StoredRun? Load(RunId run)
    {
        using var connection = database.Connect();
        // One transaction, so that the snapshot and the entries are of one moment.
        using var moment = connection.BeginTransaction(deferred: true);
        if (Read(connection, Run + " WHERE run = $run", ReadSummary, ("$run", Bytes(run))) is not [var found]) return null;

        var (version, state) = Read(connection, "SELECT version, state FROM snapshots WHERE run = $run",
            row => (row.GetInt64(0), (byte[]?)Encoding.UTF8.GetBytes(row.GetString(1))), ("$run", Bytes(run))).SingleOrDefault();
        var entries = Read(connection, Transition + " WHERE run = $run AND version > $version ORDER BY version", ReadEntry,
            ("$run", Bytes(run)), ("$version", version));
        return new StoredRun(found.Summary, state, version, entries);
    }

    public RunSummary? Find(RunId run) => Read(Run + " WHERE run = $run", ReadSummary, ("$run", Bytes(run))).SingleOrDefault().Summary;

    public RunPage List(RunQuery query)
    {
        var sql = new StringBuilder(Run).Append(" WHERE sequence < $before");
        var parameters = new List<(string, object)> { ("$before", RunCursor.Parse(query.Cursor)), ("$limit", query.Limit + 1) };
        if (query.Runbook is { } runbook) Where("runbook = $runbook", ("$runbook", runbook));
        if (query.Open is { } open) sql.Append(open ? " AND ended_at IS NULL" : " AND ended_at IS NOT NULL");
        if (query.Lane is { } lane) Where("lane = $lane", ("$lane", EnumNames<Lane>.Of(lane)));
        if (query.StartedBy is { } startedBy) Where("started_by = $by", ("$by", startedBy));
        if (query.Root is { } root) Where("root = $root", ("$root", Bytes(root)));
        if (query.RootsOnly) sql.Append(" AND parent_run IS NULL");
        if (!query.Statuses.IsDefaultOrEmpty)
            sql.Append(" AND status IN (").AppendJoin(", ", query.Statuses.Select(status => $"'{EnumNames<RunStatus>.Of(status)}'")).Append(')');
        sql.Append(" ORDER BY sequence DESC LIMIT $limit");

        var found = Read(sql.ToString(), ReadSummary, [.. parameters]);
        var more = found.Count > query.Limit;
        if (more) found.RemoveAt(query.Limit);
        return new RunPage([.. found.Select(run => run.Summary)], more ? RunCursor.Format(found[^1].Sequence) : null);

        void Where(string condition, (string, object) parameter)
        {
            sql.Append(" AND ").Append(condition);
            parameters.Add(parameter);
        }
    }

    public List<JournalEntry> Page(long after, RunId? run, int limit) => run is { } one
        ? Read(Transition + " WHERE run = $run AND position > $after ORDER BY version LIMIT $limit", ReadEntry, ("$run", Bytes(one)), ("$after", after), ("$limit", limit))
        : Read(Transition + " WHERE position > $after ORDER BY position LIMIT $limit", ReadEntry, ("$after", after), ("$limit", limit));

    public List<JournalEntry> PageByVersion(RunId run, long afterVersion, int limit) =>
        Read(Transition + " WHERE run = $run AND version > $after ORDER BY version LIMIT $limit", ReadEntry, ("$run", Bytes(run)), ("$after", afterVersion), ("$limit", limit));

    public List<JournalEntry> FactsPage(long after, RunId? root, int limit) => root is { } tree
        ? Read(Transition + " WHERE facts = 1 AND position > $after AND run IN (SELECT run FROM runs WHERE root = $root) ORDER BY position LIMIT $limit", ReadEntry,
            ("$after", after), ("$root", Bytes(tree)), ("$limit", limit))
        : Read(Transition + " WHERE facts = 1 AND position > $after ORDER BY position LIMIT $limit", ReadEntry, ("$after", after), ("$limit", limit));

    public List<PendingTask> Tasks(DateTimeOffset leaseEndsBefore) =>
        Read(TaskRow + " WHERE lease_until < $before", ReadTask, ("$before", leaseEndsBefore.UtcTicks));

    public List<PendingTimer> Timers() => Read("SELECT run, path, purpose, due FROM timers", row =>
        new PendingTimer(ReadRun(row, 0), new TimerId(new StepPath(row.GetString(1)), EnumNames<TimerPurpose>.Parse(row.GetString(2))), ReadTime(row, 3)));

    public List<Message> Messages() => Read("SELECT run, path, kind, body FROM messages", row =>
    {
        var kind = EnumNames<MessageKind>.Parse(row.GetString(2));
        var type = kind switch
        {
            MessageKind.StartChild => typeof(StartChild),
            MessageKind.CancelChild => typeof(CancelChild),
            MessageKind.TellParent => typeof(TellParent),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new Message(
            new MessageId(ReadRun(row, 0), new StepPath(row.GetString(1)), kind),
            (Command)JsonSerializer.Deserialize(row.GetString(3), type, WorkflowJson.Options)!);
    });

    private List<T> Read<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var connection = database.Connect();
        return Read(connection, sql, map, parameters);
    }

    private static List<T> Read<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        using var reader = command.ExecuteReader();
        var found = new List<T>();
        while (reader.Read()) found.Add(map(reader));
        return found;
    }

    private static JournalEntry ReadEntry(SqliteDataReader row) => new(
        row.GetInt64(0), ReadRun(row, 1), row.GetInt64(2), ReadTime(row, 3),
        JsonSerializer.Deserialize<ImmutableArray<RunEvent>>(row.GetString(4), WorkflowJson.Options));

    private static (long Sequence, RunSummary Summary) ReadSummary(SqliteDataReader row) => (row.GetInt64(0), new RunSummary(
        ReadRun(row, 1),
        row.GetString(3),
        row.GetString(4),
        EnumNames<RunStatus>.Parse(row.GetString(5)),
        EnumNames<Lane>.Parse(row.GetString(6)),
        ReadTime(row, 7),
        row.IsDBNull(8) ? null : ReadTime(row, 8),
        row.GetString(9),
        row.IsDBNull(10) ? null : new ParentStep(ReadRun(row, 10), new StepPath(row.GetString(11))),
        ReadRun(row, 2),
        row.IsDBNull(12) ? null : JsonSerializer.Deserialize<StepError>(row.GetString(12), WorkflowJson.Options))
    {
        Labels = row.IsDBNull(13)
            ? ImmutableDictionary<string, string>.Empty
            : JsonSerializer.Deserialize<ImmutableDictionary<string, string>>(row.GetString(13), WorkflowJson.Options)!,
    });

    private static PendingTask ReadTask(SqliteDataReader row) => new(
        ReadRun(row, 0),
        new ExecuteTask(
            new StepPath(row.GetString(1)), row.GetInt32(3), row.GetBoolean(2), row.GetString(4),
            JsonSerializer.Deserialize<JsonElement>(row.GetString(5)), row.GetString(6), (Lane)row.GetInt32(7)),
        row.GetString(8), row.GetInt64(9), ReadTime(row, 10));

    private static StoredRunbook ReadRunbook(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2));

    private static RunId ReadRun(SqliteDataReader row, int column)
    {
        Span<byte> bytes = stackalloc byte[16];
        using var stream = row.GetStream(column);
        stream.ReadExactly(bytes);
        return new RunId(new Guid(bytes, bigEndian: true));
    }

    private static DateTimeOffset ReadTime(SqliteDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    private static byte[] Bytes(RunId run) => run.Value.ToByteArray(bigEndian: true);
}
