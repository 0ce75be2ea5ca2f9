using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// What every step changes, in one statement, since a transaction costs by its statements before it costs by its rows: the writer's
/// turn, entries under the next positions, and tasks in the place of those before them. Gives the position before the entries.
/// </summary>
internal sealed class StepStatement
{
    // The turn first of all: whoever declares the server dead deletes the writer's row, and so waits for a transaction under way and stops
    // those that come. Then the head: whoever has it is alone over all servers until the commit, so servers never wait for each other in a
    // circle. Rows are found by subqueries that can be nothing but a look into an index for each: a join, planned while the table was
    // small, would go through all of the table once it is large, and EXISTS may become a hash over it.
    private readonly PostgresStatement statement = new("""
        WITH turn AS (UPDATE writers SET batch = batch + 1 WHERE id = $1 AND batch = $2 RETURNING 1),
        head AS (UPDATE journal_head SET position = position + $3 FROM turn RETURNING position - $3 AS base),
        added AS (
          INSERT INTO transitions (position, run, version, at, facts, events)
          SELECT head.base + given.ordinal, given.run, given.version, given.at, given.facts, given.events
          FROM head, unnest($4, $5, $6, $7, $8) WITH ORDINALITY AS given (run, version, at, facts, events, ordinal)
          WHERE CASE
            WHEN given.version = 1 THEN true
            WHEN (SELECT latest.version FROM transitions AS latest WHERE latest.run = given.run AND latest.version = given.version - 1) IS NOT NULL THEN true
            ELSE journal_refuse('OR002') END),
        places AS MATERIALIZED (
          SELECT given.*, found.ctid AS row FROM head, unnest($9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
            AS given (run, place, old_path, old_undo, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until),
          LATERAL (
            SELECT tasks.ctid FROM tasks
            WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.old_path AND tasks.undo = given.old_undo LIMIT 1) AS found),
        moved AS (
          UPDATE tasks SET path = given.path, undo = given.undo, attempt = given.attempt, activity = given.activity, arguments = given.arguments,
            key = given.key, lane = given.lane, owner = given.owner, token = given.token, lease_until = given.lease_until
          FROM places AS given WHERE tasks.ctid = given.row AND tasks.path = given.old_path AND tasks.undo = given.old_undo
          RETURNING 1)
        SELECT CASE
          WHEN NOT EXISTS (SELECT FROM head) AND journal_refuse('OR001') THEN 0
          WHEN (SELECT count(*) FROM moved) <> $23 AND journal_refuse('OR004') THEN 0
          ELSE (SELECT base FROM head) END AS base
        """);

    private readonly NpgsqlParameter<string> writer;
    private readonly NpgsqlParameter<long> last;
    private readonly NpgsqlParameter<long> count;
    private readonly NpgsqlParameter<long> moved;
    private readonly List<Guid> run;
    private readonly List<long> version;
    private readonly List<long> at;
    private readonly List<short> facts;
    private readonly List<byte[]> events;
    private readonly TaskKeys before;
    private readonly TaskColumns after;

    public StepStatement()
    {
        writer = statement.Value<string>(NpgsqlDbType.Text);
        last = statement.Value<long>(NpgsqlDbType.Bigint);
        count = statement.Value<long>(NpgsqlDbType.Bigint);
        run = statement.Column<Guid>("uuid");
        version = statement.Column<long>("bigint");
        at = statement.Column<long>("bigint");
        facts = statement.Column<short>("smallint");
        events = statement.Column<byte[]>("text");
        before = new TaskKeys(statement);
        after = new TaskColumns(statement, withId: true);
        moved = statement.Value<long>(NpgsqlDbType.Bigint);
    }

    /// <summary>How many entries there are; without one it is no part of the transaction.</summary>
    public long Count => run.Count;

    public void Add(AppendWrite append)
    {
        var transition = append.Transition;
        statement.IsWanted = true;
        run.Add(transition.Run.Value);
        version.Add(transition.Expected + 1);
        at.Add(transition.At.UtcTicks);
        facts.Add(transition.HasFacts() ? (short)1 : (short)0);
        events.Add(append.Events);
    }

    /// <summary>The task takes the row of another, whose place is the same; without such a row the transaction is refused.</summary>
    public void Move(RunId of, TaskId from, PendingTask to)
    {
        before.Add(of, from);
        after.Add(to);
        moved.TypedValue++;
    }

    public void AddTo(NpgsqlBatch batch, string id, long lastBatch)
    {
        (writer.TypedValue, last.TypedValue, count.TypedValue) = (id, lastBatch, Count);
        statement.AddTo(batch);
    }

    public void Clear()
    {
        statement.Clear();
        moved.TypedValue = 0;
    }
}
