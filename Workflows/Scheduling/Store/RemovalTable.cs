using System.Collections.Immutable;
using Dapper;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>Removals of freeze windows, from the request on.</summary>
internal sealed class RemovalTable(ScheduleDatabase database)
{
    private const string Select =
        """
        SELECT id AS Id, freeze_id AS FreezeId, reason AS Reason, requested_by AS RequestedBy, requested_at AS RequestedAt,
          status AS Status, decided_by AS DecidedBy, decided_as AS DecidedAs, decided_at AS DecidedAt, comment AS Comment
        FROM schedule_removals
        """;

    /// <summary>In the order of asking.</summary>
    public async Task<ImmutableArray<FreezeRemoval>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return [.. (await connection.QueryAsync<Row>($"{Select} ORDER BY requested_at, id")).Select(row => row.Read())];
    }

    /// <summary>The one that waits for a decision; null: nobody has asked.</summary>
    public async Task<FreezeRemoval?> FindOpenAsync(FreezeId freeze, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return (await connection.QuerySingleOrDefaultAsync<Row>(
            $"{Select} WHERE freeze_id = @freeze AND status = @open", new { freeze = freeze.ToString(), open = Columns.Word(RemovalStatus.Requested) }))?.Read();
    }

    /// <summary>False: one waits already.</summary>
    public async Task<bool> AddAsync(FreezeRemoval asked, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync(
            """
            INSERT INTO schedule_removals (id, freeze_id, reason, requested_by, requested_at, status)
            VALUES (@id, @freeze, @reason, @by, @at, @status) ON CONFLICT DO NOTHING
            """,
            new { id = asked.Id.ToString("D"), freeze = asked.Freeze.ToString(), reason = asked.Reason, by = asked.RequestedBy, at = asked.RequestedAt.UtcTicks, status = Columns.Word(asked.Status) }) == 1;
    }

    /// <summary>Keeps a decision, and takes the window away with it when it is approved. False: it was decided before.</summary>
    public async Task<bool> DecideAsync(FreezeRemoval decided, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var values = new
        {
            id = decided.Id.ToString("D"),
            freeze = decided.Freeze.ToString(),
            status = Columns.Word(decided.Status),
            by = decided.DecidedBy,
            role = decided.DecidedAs,
            at = decided.DecidedAt?.UtcTicks,
            comment = decided.Comment,
            reason = decided.Reason,
            open = Columns.Word(RemovalStatus.Requested),
        };
        if (await connection.ExecuteAsync(
            "UPDATE schedule_removals SET status = @status, decided_by = @by, decided_as = @role, decided_at = @at, comment = @comment WHERE id = @id AND status = @open", values, transaction) == 0)
        {
            return false;
        }

        if (decided.Status == RemovalStatus.Approved)
        {
            await connection.ExecuteAsync(
                "UPDATE schedule_freezes SET removed_by = @by, removed_at = @at, removed_reason = @reason WHERE id = @freeze AND removed_at IS NULL", values, transaction);
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string FreezeId { get; init; } = "";
        public string Reason { get; init; } = "";
        public string RequestedBy { get; init; } = "";
        public long RequestedAt { get; init; }
        public string Status { get; init; } = "";
        public string? DecidedBy { get; init; }
        public string? DecidedAs { get; init; }
        public long? DecidedAt { get; init; }
        public string? Comment { get; init; }

        public FreezeRemoval Read() => new(Guid.Parse(Id), new Workflows.Scheduling.Policy.FreezeId(Guid.Parse(FreezeId)), Reason, RequestedBy, Columns.Time(RequestedAt))
        {
            Status = Columns.Parse<RemovalStatus>(Status),
            DecidedBy = DecidedBy,
            DecidedAs = DecidedAs,
            DecidedAt = Columns.Time(DecidedAt),
            Comment = Comment,
        };
    }
}
