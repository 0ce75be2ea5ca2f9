using System.Collections.Immutable;
using Dapper;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>Freeze windows, those that were removed too.</summary>
internal sealed class FreezeTable(ScheduleDatabase database)
{
    private const string Select =
        """
        SELECT id AS Id, name AS Name, kind AS Kind, ranges AS Ranges, runbooks AS Runbooks, reason AS Reason, created_by AS CreatedBy, created_at AS CreatedAt,
          removed_by AS RemovedBy, removed_at AS RemovedAt, removed_reason AS RemovedReason
        FROM schedule_freezes
        """;

    /// <summary>By name; with those that were removed when they are asked for.</summary>
    public async Task<ImmutableArray<FreezeWindow>> ListAsync(bool removed, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return [.. (await connection.QueryAsync<Row>($"{Select} {(removed ? "" : "WHERE removed_at IS NULL")} ORDER BY name, created_at")).Select(row => row.Read())];
    }

    public async Task<FreezeWindow?> FindAsync(FreezeId id, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return (await connection.QuerySingleOrDefaultAsync<Row>($"{Select} WHERE id = @id", new { id = id.ToString() }))?.Read();
    }

    /// <summary>False: another window has that name.</summary>
    public async Task<bool> AddAsync(FreezeWindow window, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync(
            """
            INSERT INTO schedule_freezes (id, name, kind, ranges, runbooks, reason, created_by, created_at)
            VALUES (@id, @name, @kind, @ranges, @runbooks, @reason, @by, @at) ON CONFLICT DO NOTHING
            """,
            new
            {
                id = window.Id.ToString(),
                name = window.Name,
                kind = Columns.Word(window.Kind),
                ranges = Columns.Json(window.Ranges),
                runbooks = Columns.Json(window.Runbooks),
                reason = window.Reason,
                by = window.CreatedBy,
                at = window.CreatedAt.UtcTicks,
            }) == 1;
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string Name { get; init; } = "";
        public string Kind { get; init; } = "";
        public string Ranges { get; init; } = "";
        public string Runbooks { get; init; } = "";
        public string Reason { get; init; } = "";
        public string CreatedBy { get; init; } = "";
        public long CreatedAt { get; init; }
        public string? RemovedBy { get; init; }
        public long? RemovedAt { get; init; }
        public string? RemovedReason { get; init; }

        public FreezeWindow Read() => new(
            new FreezeId(Guid.Parse(Id)), Name, Columns.Parse<FreezeKind>(Kind), Columns.FromJson<ImmutableArray<FreezeRange>>(Ranges))
        {
            Runbooks = Columns.FromJson<ImmutableArray<string>>(Runbooks),
            Reason = Reason,
            CreatedBy = CreatedBy,
            CreatedAt = Columns.Time(CreatedAt),
            RemovedBy = RemovedBy,
            RemovedAt = Columns.Time(RemovedAt),
            RemovedBecause = RemovedReason,
        };
    }
}
