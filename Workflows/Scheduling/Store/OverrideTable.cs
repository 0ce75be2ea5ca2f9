using System.Collections.Immutable;
using Dapper;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>Overrides of one line of time, from the request on.</summary>
internal sealed class OverrideTable(ScheduleDatabase database, string timeline)
{
    private const string Select =
        """
        SELECT id AS Id, trigger_id AS TriggerId, freeze_id AS FreezeId, fire AS Fire, reason AS Reason, requested_by AS RequestedBy, requested_at AS RequestedAt,
          expires_at AS ExpiresAt, status AS Status, decided_by AS DecidedBy, decided_as AS DecidedAs, decided_at AS DecidedAt, comment AS Comment
        FROM schedule_overrides WHERE timeline = @timeline
        """;

    /// <summary>The newest first; only those that have not expired by a time, when one is given.</summary>
    public async Task<ImmutableArray<FreezeOverride>> ListAsync(DateTimeOffset? validAt, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return [.. (await connection.QueryAsync<Row>(
            $"{Select} AND expires_at > @valid ORDER BY requested_at DESC, id", new { timeline, valid = validAt?.UtcTicks ?? 0 })).Select(row => row.Read())];
    }

    public async Task<FreezeOverride?> FindAsync(OverrideId id, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return (await connection.QuerySingleOrDefaultAsync<Row>($"{Select} AND id = @id", new { timeline, id = id.ToString() }))?.Read();
    }

    public async Task AddAsync(FreezeOverride asked, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await connection.ExecuteAsync(
            """
            INSERT INTO schedule_overrides (id, timeline, trigger_id, freeze_id, fire, reason, requested_by, requested_at, expires_at, status)
            VALUES (@id, @timeline, @trigger, @freeze, @fire, @reason, @by, @at, @expires, @status)
            """,
            new
            {
                id = asked.Id.ToString(),
                timeline,
                trigger = asked.Trigger.Value,
                freeze = asked.Freeze.ToString(),
                fire = asked.Fire?.UtcTicks,
                reason = asked.Reason,
                by = asked.RequestedBy,
                at = asked.RequestedAt.UtcTicks,
                expires = asked.ExpiresAt.UtcTicks,
                status = Columns.Word(asked.Status),
            });
    }

    /// <summary>False: it was decided before.</summary>
    public async Task<bool> DecideAsync(FreezeOverride decided, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync(
            "UPDATE schedule_overrides SET status = @status, decided_by = @by, decided_as = @role, decided_at = @at, comment = @comment WHERE id = @id AND status = @open",
            new
            {
                id = decided.Id.ToString(),
                status = Columns.Word(decided.Status),
                by = decided.DecidedBy,
                role = decided.DecidedAs,
                at = decided.DecidedAt?.UtcTicks,
                comment = decided.Comment,
                open = Columns.Word(OverrideStatus.Requested),
            }) == 1;
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string TriggerId { get; init; } = "";
        public string FreezeId { get; init; } = "";
        public long? Fire { get; init; }
        public string Reason { get; init; } = "";
        public string RequestedBy { get; init; } = "";
        public long RequestedAt { get; init; }
        public long ExpiresAt { get; init; }
        public string Status { get; init; } = "";
        public string? DecidedBy { get; init; }
        public string? DecidedAs { get; init; }
        public long? DecidedAt { get; init; }
        public string? Comment { get; init; }

        public FreezeOverride Read() => new(
            new OverrideId(Guid.Parse(Id)), new TriggerId(TriggerId), new Workflows.Scheduling.Policy.FreezeId(Guid.Parse(FreezeId)), Columns.Time(Fire), Reason, RequestedBy, Columns.Time(RequestedAt), Columns.Time(ExpiresAt))
        {
            Status = Columns.Parse<OverrideStatus>(Status),
            DecidedBy = DecidedBy,
            DecidedAs = DecidedAs,
            DecidedAt = Columns.Time(DecidedAt),
            Comment = Comment,
        };
    }
}
