using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// The statements of one transaction. They go to the server together and are one transaction there without a word: what the server
/// refuses (see <c>journal_refuse</c>) leaves nothing behind. For one thread.
/// </summary>
internal sealed class PostgresTransaction
{
    private readonly AppendStatements appends = new();
    private readonly List<LeaseStatement> leases = [];

    // The turn of a transaction without entries; see StepStatement.
    private readonly PostgresStatement turn = new("""
        WITH kept AS (UPDATE writers SET batch = batch + 1 WHERE id = $1 AND batch = $2 RETURNING 1)
        SELECT journal_refuse('OR001') WHERE NOT EXISTS (SELECT FROM kept)
        """);

    private readonly NpgsqlParameter<string> writer;
    private readonly NpgsqlParameter<long> number;

    public PostgresTransaction()
    {
        writer = turn.Value<string>(NpgsqlDbType.Text);
        number = turn.Value<long>(NpgsqlDbType.Bigint);
    }

    public LockStatements Locks { get; } = new();

    /// <summary>Returns when all is durable, with the position before the first new entry; results of leases and news of locks stand in the writes.</summary>
    /// <param name="last">The number of the writer's last transaction.</param>
    /// <param name="inPlace">See <see cref="AppendStatements.Add"/>.</param>
    public long Execute(NpgsqlConnection connection, string id, long last, List<JournalWrite> writes, bool inPlace)
    {
        using var batch = new NpgsqlBatch(connection);
        Clear();
        if (Locks.IsStale && writes.Exists(write => write is AppendWrite { Transition.Locks.IsEmpty: false })) Locks.Load(connection);
        foreach (var write in writes) Add(write, batch, inPlace);

        if (!appends.HasEntries)
        {
            turn.IsWanted = true;
            (writer.TypedValue, number.TypedValue) = (id, last);
            turn.AddTo(batch);
        }

        appends.AddTo(batch, id, last);
        Locks.AddTo(batch);
        foreach (var lease in leases) lease.AddTo(batch);
        var position = Run(batch);
        Locks.Committed();
        return position;
    }

    private long Run(NpgsqlBatch batch)
    {
        using var reader = batch.ExecuteReader();
        var position = 0L;
        var lease = 0;
        do
        {
            // Whatever gives rows says what they are by the name of their column; refusals give none.
            if (reader.FieldCount == 0) continue;
            switch (reader.GetName(0))
            {
                case "base":
                    reader.Read();
                    position = reader.GetInt64(0);
                    break;
                case "ordinal":
                    leases[lease++].Read(reader);
                    break;
            }
        }
        while (reader.NextResult());

        return position;
    }

    private void Add(JournalWrite write, NpgsqlBatch batch, bool inPlace)
    {
        switch (write)
        {
            case AppendWrite append:
                append.Result = new AppendResult(false, 0, []);
                var concerned = Locks.Concern(append.Transition);
                if (concerned) Locks.Apply(append);
                appends.Add(append, inPlace, concerned);
                break;
            case LeaseWrite lease:
                lease.Result = new bool[lease.Changes.Length];
                for (var index = 0; index < lease.Changes.Length; index++) Add(lease, index);
                break;
            case SnapshotWrite snapshot:
                batch.BatchCommands.Add(Snapshot(snapshot));
                break;
            case RunbookWrite publish:
                batch.BatchCommands.Add(Publish(publish.Runbook));
                break;
            default:
                throw new UnreachableException(write.GetType().Name);
        }
    }

    /// <summary>Changes of one task one after the other.</summary>
    private void Add(LeaseWrite write, int index)
    {
        if (leases.Exists(lease => lease.TryAdd(write, index))) return;
        leases.Add(new LeaseStatement());
        leases[^1].TryAdd(write, index);
    }

    private static NpgsqlBatchCommand Snapshot(SnapshotWrite snapshot) => new("""
        INSERT INTO snapshots (run, version, state) VALUES ($1, $2, $3)
        ON CONFLICT (run) DO UPDATE SET version = excluded.version, state = excluded.state WHERE snapshots.version < excluded.version
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid> { TypedValue = snapshot.Run.Value },
            new NpgsqlParameter<long> { TypedValue = snapshot.Version },
            new NpgsqlParameter<byte[]> { TypedValue = snapshot.State, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    // By the clock, or one more than the last: of two that servers publish at once, one is the later.
    public static NpgsqlBatchCommand Publish(StoredRunbook runbook) => new("""
        INSERT INTO runbooks (digest, name, source, published)
        SELECT $1, $2, $3, greatest(1 + coalesce(max(published), 0), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) FROM runbooks WHERE name = $2
        ON CONFLICT (digest) DO UPDATE SET published = excluded.published
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = runbook.Digest },
            new NpgsqlParameter<string> { TypedValue = runbook.Name },
            new NpgsqlParameter<string> { TypedValue = runbook.Source },
        },
    };

    private void Clear()
    {
        turn.Clear();
        Locks.Clear();
        appends.Clear();
        leases.Clear();
    }
}
