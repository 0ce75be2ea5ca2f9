using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>Reads what people did, newest first, by indexes: it costs what is asked for, however long the journal is.</summary>
internal sealed class SqlAudit(ISqlDatabase database)
{
    private const string Event = "position, subject, version, kind, person, at, body";

    private readonly SqlRows rows = new(database);

    private static AuditEvent ReadEvent(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.GetString(4), SqlRows.ReadTime(row, 5), JsonElement.Parse(row.GetString(6)));

    public Task<List<AuditEvent>> EventsAsync(long after, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Event} FROM audit_events WHERE position > @after ORDER BY position LIMIT @limit", ReadEvent, cancellationToken, ("after", after), ("limit", limit));

    public async Task<List<AuditEvent>> LatestEventsAsync(AuditQuery query, long before, int limit, CancellationToken cancellationToken)
    {
        if (query.Run is not null) return [];
        var (where, parameters) = Conditions(query);
        parameters.Add(("before", before));
        parameters.Add(("limit", limit));
        return await database.ReadAsync(
            $"SELECT {Event} FROM audit_events WHERE position < @before{where} ORDER BY position DESC LIMIT @limit", ReadEvent, cancellationToken, [.. parameters]);
    }

    public Task<List<RunAuditEvent>> OfRunsAsync(AuditQuery query, (long Position, int Number) before, int limit, CancellationToken cancellationToken)
    {
        var (where, parameters) = Conditions(query);
        parameters.AddRange(("position", before.Position), ("number", before.Number), ("limit", limit));
        if (query.Run is { } run) parameters.Add(("run", database.Key(run)));

        // The page first, then its entries: the database must not read the text of an entry that is not shown.
        return database.ReadAsync(
            $"""
            SELECT page.position, page.run, transitions.version, page.at, transitions.events, page.number FROM (
              SELECT position, number, run, at FROM run_audit
              WHERE (position, number) < (@position, @number){(query.Run is null ? "" : " AND run = @run")}{where}
              ORDER BY position DESC, number DESC LIMIT @limit) AS page
            JOIN transitions ON transitions.position = page.position ORDER BY page.position DESC, page.number DESC
            """,
            row =>
            {
                var (entry, number) = (rows.ReadEntry(row), row.GetInt32(5));
                return new RunAuditEvent(entry.Position, number, entry.Run, entry.At, entry.Events[number - 1]);
            },
            cancellationToken, [.. parameters]);
    }

    private static (string Where, List<(string Name, object Value)> Parameters) Conditions(AuditQuery query)
    {
        var where = new StringBuilder();
        var parameters = new List<(string, object)>();
        if (query.By is { } by) Add("person = @by", "by", by);
        if (query.From is { } from) Add("at >= @from", "from", from.UtcTicks);
        if (query.To is { } to) Add("at < @to", "to", to.UtcTicks);
        if (query.Kinds is { } kinds)
        {
            var names = kinds.Order(StringComparer.Ordinal).ToImmutableArray();
            for (var index = 0; index < names.Length; index++) parameters.Add((string.Create(CultureInfo.InvariantCulture, $"kind{index}"), names[index]));
            where.Append(names.IsEmpty ? " AND false" : $" AND kind IN ({string.Join(", ", names.Select((_, index) => string.Create(CultureInfo.InvariantCulture, $"@kind{index}")))})");
        }

        return (where.ToString(), parameters);

        void Add(string condition, string name, object value)
        {
            where.Append(CultureInfo.InvariantCulture, $" AND {condition}");
            parameters.Add((name, value));
        }
    }
}
