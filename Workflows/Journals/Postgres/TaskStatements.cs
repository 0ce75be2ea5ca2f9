using Npgsql;
using NpgsqlTypes;

namespace Orchestrator.Workflows.Journals.Postgres;

/// <summary>What a transaction changes in the table of tasks.</summary>
internal sealed class TaskStatements
{
    private readonly TaskKeys removed = new("""
        DELETE FROM tasks USING unnest($1, $2, $3, $4) AS given (run, place, path, undo)
        WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.path AND tasks.undo = given.undo
        """);

    private readonly TaskKeys moved = new("""
        WITH given AS (
          SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            AS given (run, place, old_path, old_undo, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until)),
        moved AS (
          UPDATE tasks SET path = given.path, undo = given.undo, attempt = given.attempt, activity = given.activity, arguments = given.arguments,
            key = given.key, lane = given.lane, owner = given.owner, token = given.token, lease_until = given.lease_until
          FROM given WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.old_path AND tasks.undo = given.old_undo
          RETURNING 1)
        SELECT journal_refuse('OR004') FROM (SELECT count(*) AS rows FROM moved) AS counted WHERE counted.rows <> $15
        """);

    private readonly TaskKeys added = new("""
        WITH given AS (
          SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            AS given (run, place, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until)),
        replaced AS (
          DELETE FROM tasks USING given
          WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.path AND tasks.undo = given.undo)
        INSERT INTO tasks (run, place, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until) SELECT * FROM given
        """);

    private readonly TaskColumns movedTo;
    private readonly TaskColumns addedAs;
    private readonly NpgsqlParameter<long> movedRows;

    public TaskStatements()
    {
        movedTo = new TaskColumns(moved.Statement, withId: true);
        movedRows = moved.Statement.Value<long>(NpgsqlDbType.Bigint);
        addedAs = new TaskColumns(added.Statement, withId: false);
    }

    /// <param name="inPlace">Tasks may take the rows of those that go from their place; the transaction is refused when such a row is not there.</param>
    public void Add(Transition transition, bool inPlace)
    {
        // What a run's end leaves behind goes by the run.
        if (transition.Ends) return;

        var free = inPlace && transition.TasksAdded.Length > 0 ? new Dictionary<int, TaskId>(transition.TasksRemoved.Length) : null;
        foreach (var task in transition.TasksRemoved)
        {
            if (free?.TryAdd(TaskKeys.Place(task.Path), task) is not true) removed.Add(transition.Run, task);
        }

        foreach (var task in transition.TasksAdded)
        {
            if (free is not null && free.Remove(TaskKeys.Place(task.Task.Path), out var before))
            {
                moved.Add(transition.Run, before);
                movedTo.Add(task);
                movedRows.TypedValue++;
            }
            else
            {
                added.Add(transition.Run, task.Id);
                addedAs.Add(task);
            }
        }

        if (free is null) return;
        foreach (var left in free.Values) removed.Add(transition.Run, left);
    }

    public void AddTo(NpgsqlBatch batch)
    {
        removed.Statement.AddTo(batch);
        moved.Statement.AddTo(batch);
        added.Statement.AddTo(batch);
    }

    public void Clear()
    {
        removed.Statement.Clear();
        moved.Statement.Clear();
        added.Statement.Clear();
        movedRows.TypedValue = 0;
    }

    /// <summary>What a task's row says beside its run and place.</summary>
    private sealed class TaskColumns(PostgresStatement statement, bool withId)
    {
        private readonly List<string>? path = withId ? statement.Column<string>("text") : null;
        private readonly List<short>? undo = withId ? statement.Column<short>("smallint") : null;
        private readonly List<int> attempt = statement.Column<int>("integer");
        private readonly List<string> activity = statement.Column<string>("text");
        private readonly List<string> arguments = statement.Column<string>("text");
        private readonly List<string> key = statement.Column<string>("text");
        private readonly List<short> lane = statement.Column<short>("smallint");
        private readonly List<string> owner = statement.Column<string>("text");
        private readonly List<long> token = statement.Column<long>("bigint");
        private readonly List<long> leaseUntil = statement.Column<long>("bigint");

        public void Add(PendingTask pending)
        {
            var task = pending.Task;
            path?.Add(task.Path.Value);
            undo?.Add(task.Undo ? (short)1 : (short)0);
            attempt.Add(task.Attempt);
            activity.Add(task.Activity);
            arguments.Add(task.Arguments.GetRawText());
            key.Add(task.IdempotencyKey);
            lane.Add((short)task.Lane);
            owner.Add(pending.Owner);
            token.Add(pending.Token);
            leaseUntil.Add(pending.LeaseUntil.UtcTicks);
        }
    }
}
