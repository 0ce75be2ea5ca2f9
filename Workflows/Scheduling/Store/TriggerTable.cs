using System.Collections.Immutable;
using Dapper;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>A trigger that is kept.</summary>
/// <param name="Timeline">The line of time it was scheduled on.</param>
/// <param name="Since">When it came, on that line.</param>
internal sealed record KeptTrigger(ScheduledTrigger Trigger, string Timeline, DateTimeOffset Since);

/// <summary>The triggers that the runbooks had when they were last read.</summary>
internal sealed class TriggerTable(ScheduleDatabase database)
{
    private const string Select =
        "SELECT id AS Id, runbook AS Runbook, cron AS Cron, time_zone AS TimeZone, misfire AS Misfire, timeline AS Timeline, since AS Since FROM schedule_triggers WHERE removed IS NULL";

    /// <summary>By runbook and id.</summary>
    public async Task<ImmutableArray<KeptTrigger>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return [.. (await connection.QueryAsync<Row>($"{Select} ORDER BY runbook, id")).Select(row => row.Read())];
    }

    public async Task<KeptTrigger?> FindAsync(TriggerId id, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return (await connection.QuerySingleOrDefaultAsync<Row>($"{Select} AND id = @id", new { id = id.Value }))?.Read();
    }

    /// <summary>Makes the table hold exactly these; one that is there already stays as it is unless it was of another line of time.</summary>
    public async Task ReplaceAsync(IReadOnlyCollection<ScheduledTrigger> triggers, string timeline, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var gone = (await connection.QueryAsync<string>("SELECT id FROM schedule_triggers WHERE removed IS NULL", transaction: transaction))
            .Except(triggers.Select(trigger => trigger.Id.Value)).ToList();
        foreach (var id in gone)
        {
            await connection.ExecuteAsync("UPDATE schedule_triggers SET removed = @now WHERE id = @id", new { id, now = now.UtcTicks }, transaction);
        }

        foreach (var trigger in triggers)
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO schedule_triggers (id, runbook, cron, time_zone, misfire, timeline, since) VALUES (@id, @runbook, @cron, @zone, @misfire, @timeline, @now)
                ON CONFLICT (id) DO UPDATE SET
                  since = CASE WHEN schedule_triggers.removed IS NULL AND schedule_triggers.timeline = excluded.timeline THEN schedule_triggers.since ELSE excluded.since END,
                  timeline = excluded.timeline, removed = NULL
                """,
                new { id = trigger.Id.Value, runbook = trigger.Runbook, cron = trigger.Cron, zone = trigger.TimeZone, misfire = Columns.Word(trigger.Misfire), timeline, now = now.UtcTicks },
                transaction);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string Runbook { get; init; } = "";
        public string Cron { get; init; } = "";
        public string TimeZone { get; init; } = "";
        public string Misfire { get; init; } = "";
        public string Timeline { get; init; } = "";
        public long Since { get; init; }

        public KeptTrigger Read() =>
            new(new ScheduledTrigger(new TriggerId(Id), Runbook, Cron, TimeZone, Columns.Parse<MisfirePolicy>(Misfire)), Timeline, Columns.Time(Since));
    }
}
