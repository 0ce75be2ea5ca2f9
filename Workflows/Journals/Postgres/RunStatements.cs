using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Journals.Sql;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Journals.Postgres;

/// <summary>What a transaction changes in the table of runs.</summary>
internal sealed class RunStatements
{
    // After the entries of the same transaction: a run's sequence is the position of its first.
    private readonly PostgresStatement begun = new("""
        INSERT INTO runs (sequence, run, root, runbook, digest, status, lane, started_at, ended_at, started_by, parent_run, parent_path, error, labels)
        SELECT head.position - $1 + given.ordinal, given.run, given.root, given.runbook, given.digest, given.status, given.lane,
          given.started_at, given.ended_at, given.started_by, given.parent_run, given.parent_path, given.error, given.labels
        FROM journal_head AS head, unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
          AS given (ordinal, run, root, runbook, digest, status, lane, started_at, ended_at, started_by, parent_run, parent_path, error, labels)
        """);

    private readonly PostgresStatement changed = new("""
        UPDATE runs SET status = given.status, ended_at = given.ended_at, error = given.error
        FROM unnest($1, $2, $3, $4) AS given (run, status, ended_at, error) WHERE runs.run = given.run
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

    public RunStatements()
    {
        entries = begun.Value<long>(NpgsqlDbType.Bigint);
        ordinal = begun.Column<long>("bigint");
        run = begun.Column<Guid>("uuid");
        root = begun.Column<Guid>("uuid");
        runbook = begun.Column<string>("text");
        digest = begun.Column<string>("text");
        status = begun.Column<string>("text");
        lane = begun.Column<string>("text");
        startedAt = begun.Column<long>("bigint");
        endedAt = begun.Column<long?>("bigint");
        startedBy = begun.Column<string>("text");
        parentRun = begun.Column<Guid?>("uuid");
        parentPath = begun.Column<string?>("text");
        error = begun.Column<string?>("text");
        labels = begun.Column<string?>("text");

        changedRun = changed.Column<Guid>("uuid");
        newStatus = changed.Column<string>("text");
        newEndedAt = changed.Column<long?>("bigint");
        newError = changed.Column<string?>("text");
    }

    /// <param name="entry">The number of the run's first entry within the transaction, from 1; null for a run that is there.</param>
    public void Add(RunSummary summary, long? entry)
    {
        if (entry is not { } first)
        {
            changed.IsWanted = true;
            changedRun.Add(summary.Run.Value);
            newStatus.Add(EnumNames<RunStatus>.Of(summary.Status));
            newEndedAt.Add(summary.EndedAt?.UtcTicks);
            newError.Add(SqlRows.WriteError(summary));
            return;
        }

        begun.IsWanted = true;
        ordinal.Add(first);
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

    /// <param name="transactionEntries">How many entries the transaction has.</param>
    public void AddTo(NpgsqlBatch batch, long transactionEntries)
    {
        entries.TypedValue = transactionEntries;
        begun.AddTo(batch);
        changed.AddTo(batch);
    }

    public void Clear()
    {
        begun.Clear();
        changed.Clear();
    }
}
