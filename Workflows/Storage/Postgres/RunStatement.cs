using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>What the beginnings and ends of runs change, in one statement: the runs' rows, new tasks' rows, and what an end leaves behind.</summary>
internal sealed class RunStatement
{
    // After the entries of the same transaction: a run's sequence is the position of its first.
    private readonly PostgresStatement statement = new("""
        WITH begun AS (
          INSERT INTO runs (sequence, run, root, runbook, digest, status, lane, started_at, ended_at, started_by, parent_run, parent_path, error, labels)
          SELECT head.position - $1 + given.ordinal, given.run, given.root, given.runbook, given.digest, given.status, given.lane,
            given.started_at, given.ended_at, given.started_by, given.parent_run, given.parent_path, given.error, given.labels
          FROM journal_head AS head, unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            AS given (ordinal, run, root, runbook, digest, status, lane, started_at, ended_at, started_by, parent_run, parent_path, error, labels)),
        places AS MATERIALIZED (
          SELECT given.*, found.ctid AS row FROM unnest($16, $17, $18, $19) AS given (run, status, ended_at, error),
            LATERAL (SELECT runs.ctid FROM runs WHERE runs.run = given.run LIMIT 1) AS found),
        changed AS (
          UPDATE runs SET status = given.status, ended_at = given.ended_at, error = given.error FROM places AS given WHERE runs.ctid = given.row),
        tasks_given AS (
          SELECT * FROM unnest($20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
            AS given (run, place, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until)),
        tasks_replaced AS (
          DELETE FROM tasks WHERE ctid = ANY (ARRAY (
            SELECT found.ctid FROM tasks_given AS given, LATERAL (
              SELECT tasks.ctid FROM tasks
              WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.path AND tasks.undo = given.undo LIMIT 1) AS found))),
        tasks_added AS (
          INSERT INTO tasks (run, place, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until) SELECT * FROM tasks_given),
        tasks_left AS (DELETE FROM tasks WHERE run = ANY ($32)),
        timers_left AS (DELETE FROM timers WHERE run = ANY ($32))
        SELECT journal_refuse('OR003') FROM locks WHERE run = ANY ($33) LIMIT 1
        """);

    private readonly NpgsqlParameter<long> entries;
    private readonly List<long> ordinal;
    private readonly List<Guid> run;
    private readonly List<Guid> root;
    private readonly List<string> runbook;
    private readonly List<string> digest;
    private readonly List<string> status;
    private readonly List<string> lane;
    private readonly List<long> startedAt;
    private readonly List<long?> endedAt;
    private readonly List<string> startedBy;
    private readonly List<Guid?> parentRun;
    private readonly List<string?> parentPath;
    private readonly List<string?> error;
    private readonly List<string?> labels;

    private readonly List<Guid> changedRun;
    private readonly List<string> newStatus;
    private readonly List<long?> newEndedAt;
    private readonly List<string?> newError;

    private readonly TaskKeys tasks;
    private readonly TaskColumns taskColumns;

    private readonly List<Guid> ended;
    private readonly List<Guid> endedWithoutLocks;

    public RunStatement()
    {
        entries = statement.Value<long>(NpgsqlDbType.Bigint);
        ordinal = statement.Column<long>("bigint");
        run = statement.Column<Guid>("uuid");
        root = statement.Column<Guid>("uuid");
        runbook = statement.Column<string>("text");
        digest = statement.Column<string>("text");
        status = statement.Column<string>("text");
        lane = statement.Column<string>("text");
        startedAt = statement.Column<long>("bigint");
        endedAt = statement.Column<long?>("bigint");
        startedBy = statement.Column<string>("text");
        parentRun = statement.Column<Guid?>("uuid");
        parentPath = statement.Column<string?>("text");
        error = statement.Column<string?>("text");
        labels = statement.Column<string?>("text");

        changedRun = statement.Column<Guid>("uuid");
        newStatus = statement.Column<string>("text");
        newEndedAt = statement.Column<long?>("bigint");
        newError = statement.Column<string?>("text");

        tasks = new TaskKeys(statement);
        taskColumns = new TaskColumns(statement, withId: false);

        ended = statement.Column<Guid>("uuid");
        endedWithoutLocks = statement.Column<Guid>("uuid");
    }

    /// <param name="entry">The number of the run's first entry within the transaction, from 1.</param>
    public void Begin(RunSummary summary, long entry)
    {
        statement.IsWanted = true;
        ordinal.Add(entry);
        run.Add(summary.Run.Value);
        root.Add(summary.Root.Value);
        runbook.Add(summary.Runbook);
        digest.Add(summary.Digest);
        status.Add(EnumNames<RunStatus>.Of(summary.Status));
        lane.Add(EnumNames<Lane>.Of(summary.Lane));
        startedAt.Add(summary.StartedAt.UtcTicks);
        endedAt.Add(summary.EndedAt?.UtcTicks);
        startedBy.Add(summary.StartedBy);
        parentRun.Add(summary.Parent?.Run.Value);
        parentPath.Add(summary.Parent?.Path.Value);
        error.Add(SqlRows.WriteError(summary));
        labels.Add(SqlRows.WriteLabels(summary));
    }

    public void Change(RunSummary summary)
    {
        statement.IsWanted = true;
        changedRun.Add(summary.Run.Value);
        newStatus.Add(EnumNames<RunStatus>.Of(summary.Status));
        newEndedAt.Add(summary.EndedAt?.UtcTicks);
        newError.Add(SqlRows.WriteError(summary));
    }

    public void Add(PendingTask task)
    {
        tasks.Add(task.Run, task.Id);
        taskColumns.Add(task);
    }

    /// <summary>Its tasks and timers go.</summary>
    /// <param name="locksDone">What the end does to its locks is in the transaction; otherwise that is refused when the run has any.</param>
    public void End(RunId of, bool locksDone)
    {
        statement.IsWanted = true;
        ended.Add(of.Value);
        if (!locksDone) endedWithoutLocks.Add(of.Value);
    }

    /// <param name="transactionEntries">How many entries the transaction has.</param>
    public void AddTo(NpgsqlBatch batch, long transactionEntries)
    {
        entries.TypedValue = transactionEntries;
        statement.AddTo(batch);
    }

    public void Clear() => statement.Clear();
}
