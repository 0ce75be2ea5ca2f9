using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Locks;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// This server's copy of the lock table. Transactions change it under the version that they read; the store refuses them when another
/// server was first, and then the copy is read again. For one thread.
/// </summary>
internal sealed class LockStatements
{
    /// <summary>One statement, so that all is of one moment. Without rows when the version is the given one.</summary>
    public const string ReadNewer = """
        SELECT head.version, head.token, locks.body FROM lock_head AS head LEFT JOIN locks ON head.version <> $1
        ORDER BY locks.sequence
        """;

    private readonly LockTable table = new();

    private readonly PostgresStatement head = new("""
        WITH kept AS (UPDATE lock_head SET version = version + 1, token = $2 WHERE version = $1 RETURNING 1)
        SELECT journal_refuse('OR003') WHERE NOT EXISTS (SELECT FROM kept)
        """);

    private readonly PostgresStatement check = new("SELECT journal_refuse('OR003') FROM lock_head WHERE version <> $1");

    private readonly PostgresStatement remove = new("DELETE FROM locks WHERE sequence = ANY ($1)");

    private readonly PostgresStatement put = new("""
        INSERT INTO locks (sequence, run, body) SELECT * FROM unnest($1, $2, $3)
        ON CONFLICT (sequence) DO UPDATE SET run = excluded.run, body = excluded.body
        """);

    private readonly NpgsqlParameter<long> headVersion;
    private readonly NpgsqlParameter<long> headToken;
    private readonly NpgsqlParameter<long> checkedVersion;
    private readonly List<long> removed;
    private readonly List<long> sequence;
    private readonly List<Guid> run;
    private readonly List<byte[]> body;
    private long version = -1;

    public LockStatements()
    {
        headVersion = head.Value<long>(NpgsqlDbType.Bigint);
        headToken = head.Value<long>(NpgsqlDbType.Bigint);
        checkedVersion = check.Value<long>(NpgsqlDbType.Bigint);
        removed = remove.Column<long>("bigint");
        sequence = put.Column<long>("bigint");
        run = put.Column<Guid>("uuid");
        body = put.Column<byte[]>("text");
    }

    /// <summary>True: the copy is not known to be what the store has.</summary>
    public bool IsStale => version < 0;

    /// <summary>Whether a transition changes locks, as far as the copy knows.</summary>
    public bool Concern(Transition transition) =>
        !transition.Locks.IsEmpty || (transition.Ends && table.Concerns(transition.Run));

    /// <summary>What an append that changes locks changes, and whom it is news for.</summary>
    public void Apply(AppendWrite append)
    {
        check.IsWanted = true;
        append.Result = append.Result with { LockUpdates = table.Apply(append.Transition) };
    }

    /// <summary>What runs have not yet journaled.</summary>
    public ImmutableArray<LockUpdate> Untold() => table.Untold();

    public void Load(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(ReadNewer, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = -1 });
        using var reader = command.ExecuteReader();
        var rows = new List<LockRow>();
        var (read, token) = (0L, 0L);
        while (reader.Read())
        {
            (read, token) = (reader.GetInt64(0), reader.GetInt64(1));
            if (!reader.IsDBNull(2)) rows.Add(SqlRows.ReadLock(reader.GetString(2)));
        }

        table.Load(rows, token);
        version = read;
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (!check.IsWanted) return;

        checkedVersion.TypedValue = headVersion.TypedValue = version;
        if (table.Dirty.Count == 0)
        {
            check.AddTo(batch);
            return;
        }

        headToken.TypedValue = table.LastToken;
        head.IsWanted = true;
        head.AddTo(batch);
        foreach (var changed in table.Dirty)
        {
            if (table.Find(changed) is not { } row)
            {
                remove.IsWanted = true;
                removed.Add(changed);
                continue;
            }

            put.IsWanted = true;
            sequence.Add(changed);
            run.Add(row.Run.Value);
            body.Add(SqlRows.WriteLock(row));
        }

        remove.AddTo(batch);
        put.AddTo(batch);
    }

    /// <summary>The transaction is in the store.</summary>
    public void Committed()
    {
        if (table.Dirty.Count == 0) return;
        table.Clean();
        version++;
    }

    public void Clear()
    {
        check.Clear();
        head.Clear();
        remove.Clear();
        put.Clear();
    }
}
