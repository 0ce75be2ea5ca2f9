using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Journals.Sql;

namespace Orchestrator.Workflows.Journals.Postgres;

/// <summary>Appends entries under the next positions, and gives the position before them. Refused when a run has another version than expected.</summary>
internal sealed class EntryStatement
{
    // The condition is a plain subquery, which is always a look into the index: EXISTS may become a hash over the whole table.
    private readonly PostgresStatement statement = new("""
        WITH head AS (UPDATE journal_head SET position = position + $1 RETURNING position - $1 AS base),
        added AS (
          INSERT INTO transitions (position, run, version, at, facts, events)
          SELECT head.base + given.ordinal, given.run, given.version, given.at, given.facts, given.events
          FROM head, unnest($2, $3, $4, $5, $6) WITH ORDINALITY AS given (run, version, at, facts, events, ordinal)
          WHERE CASE
            WHEN given.version = 1 THEN true
            WHEN (SELECT latest.version FROM transitions AS latest WHERE latest.run = given.run AND latest.version = given.version - 1) IS NOT NULL THEN true
            ELSE journal_refuse('OR002') END)
        SELECT base FROM head
        """);

    private readonly NpgsqlParameter<long> count;
    private readonly List<Guid> run;
    private readonly List<long> version;
    private readonly List<long> at;
    private readonly List<short> facts;
    private readonly List<byte[]> events;

    public EntryStatement()
    {
        count = statement.Value<long>(NpgsqlDbType.Bigint);
        run = statement.Column<Guid>("uuid");
        version = statement.Column<long>("bigint");
        at = statement.Column<long>("bigint");
        facts = statement.Column<short>("smallint");
        events = statement.Column<byte[]>("text");
    }

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

    public void AddTo(NpgsqlBatch batch)
    {
        count.TypedValue = Count;
        statement.AddTo(batch);
    }

    public void Clear() => statement.Clear();
}
