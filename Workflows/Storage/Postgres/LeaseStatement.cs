using Npgsql;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>Claims and renewals of tasks, each task at most once a statement. That a claim is made again changes nothing.</summary>
internal sealed class LeaseStatement
{
    private readonly PostgresStatement statement = new("""
        WITH places AS MATERIALIZED (
          SELECT given.*, found.ctid AS row FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
            AS given (run, place, path, undo, expected, owner, token, lease_until, ordinal),
          LATERAL (
            SELECT tasks.ctid FROM tasks
            WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.path AND tasks.undo = given.undo LIMIT 1) AS found)
        UPDATE tasks SET owner = given.owner, token = given.token, lease_until = given.lease_until
        FROM places AS given WHERE tasks.ctid = given.row AND tasks.path = given.path AND tasks.undo = given.undo
          AND (tasks.token = given.expected OR (tasks.token = given.token AND tasks.owner = given.owner))
        RETURNING given.ordinal
        """);

    private readonly TaskKeys keys;
    private readonly List<long> expected;
    private readonly List<string> owner;
    private readonly List<long> token;
    private readonly List<long> leaseUntil;
    private readonly HashSet<(RunId, TaskId)> tasks = [];
    private readonly List<(LeaseWrite Write, int Index)> changes = [];

    public LeaseStatement()
    {
        keys = new TaskKeys(statement);
        expected = statement.Column<long>("bigint");
        owner = statement.Column<string>("text");
        token = statement.Column<long>("bigint");
        leaseUntil = statement.Column<long>("bigint");
    }

    /// <summary>False: it has a change of that task already.</summary>
    public bool TryAdd(LeaseWrite write, int index)
    {
        var change = write.Changes[index];
        if (!tasks.Add((change.Run, change.Task))) return false;

        changes.Add((write, index));
        keys.Add(change.Run, change.Task);
        expected.Add(change.Expected);
        owner.Add(change.Owner);
        token.Add(change.Token);
        leaseUntil.Add(change.Until.UtcTicks);
        return true;
    }

    public void AddTo(NpgsqlBatch batch) => statement.AddTo(batch);

    /// <summary>Reads which of them were made.</summary>
    public void Read(NpgsqlDataReader reader)
    {
        while (reader.Read())
        {
            var (write, index) = changes[(int)reader.GetInt64(0) - 1];
            write.Result[index] = true;
        }
    }
}
