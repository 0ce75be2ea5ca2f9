using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>What people did to runs, as the transaction's entries say: a row for each of these events.</summary>
internal sealed class AuditStatement
{
    // After the entries of the same transaction, whose positions the head has.
    private readonly PostgresStatement statement = new("""
        INSERT INTO run_audit (position, number, run, at, kind, person)
        SELECT head.position - $1 + given.ordinal, given.number, given.run, given.at, given.kind, given.person
        FROM journal_head AS head, unnest($2, $3, $4, $5, $6, $7) AS given (ordinal, number, run, at, kind, person)
        """);

    private readonly NpgsqlParameter<long> entries;
    private readonly List<long> ordinal;
    private readonly List<int> number;
    private readonly List<Guid> run;
    private readonly List<long> at;
    private readonly List<string> kind;
    private readonly List<string> person;

    public AuditStatement()
    {
        entries = statement.Value<long>(NpgsqlDbType.Bigint);
        ordinal = statement.Column<long>("bigint");
        number = statement.Column<int>("integer");
        run = statement.Column<Guid>("uuid");
        at = statement.Column<long>("bigint");
        kind = statement.Column<string>("text");
        person = statement.Column<string>("text");
    }

    /// <param name="entry">The number of the transition's entry within the transaction, from 1.</param>
    public void Add(Transition transition, long entry)
    {
        foreach (var (of, by, what) in RunAudit.Of(transition.Events))
        {
            statement.IsWanted = true;
            ordinal.Add(entry);
            number.Add(of);
            run.Add(transition.Run.Value);
            at.Add(transition.At.UtcTicks);
            kind.Add(what);
            person.Add(by);
        }
    }

    public void AddTo(NpgsqlBatch batch, long transactionEntries)
    {
        entries.TypedValue = transactionEntries;
        statement.AddTo(batch);
    }

    public void Clear() => statement.Clear();
}
