using System.Collections.Immutable;
using Dapper;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>Who paused which trigger and why, and who let it go on.</summary>
internal sealed class PauseTable(ScheduleDatabase database)
{
    /// <summary>The pauses that count, by trigger.</summary>
    public async Task<ImmutableDictionary<TriggerId, TriggerPause>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return (await connection.QueryAsync<Row>(
            "SELECT trigger_id AS TriggerId, paused_by AS PausedBy, paused_at AS PausedAt, reason AS Reason FROM schedule_pauses WHERE resumed_at IS NULL"))
            .Select(row => new TriggerPause(new TriggerId(row.TriggerId), row.PausedBy, Columns.Time(row.PausedAt), row.Reason))
            .ToImmutableDictionary(pause => pause.Trigger);
    }

    /// <summary>False: it is paused already.</summary>
    public async Task<bool> PauseAsync(TriggerPause pause, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync(
            "INSERT INTO schedule_pauses (trigger_id, paused_at, paused_by, reason) VALUES (@id, @at, @by, @reason) ON CONFLICT DO NOTHING",
            new { id = pause.Trigger.Value, at = pause.At.UtcTicks, by = pause.By, reason = pause.Reason }) == 1;
    }

    /// <summary>False: it is not paused.</summary>
    public async Task<bool> ResumeAsync(TriggerId trigger, string by, DateTimeOffset at, string reason, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync(
            "UPDATE schedule_pauses SET resumed_at = @at, resumed_by = @by, resumed_reason = @reason WHERE trigger_id = @id AND resumed_at IS NULL",
            new { id = trigger.Value, at = at.UtcTicks, by, reason }) == 1;
    }

    private sealed class Row
    {
        public string TriggerId { get; init; } = "";
        public string PausedBy { get; init; } = "";
        public long PausedAt { get; init; }
        public string Reason { get; init; } = "";
    }
}
