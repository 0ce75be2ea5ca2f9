using System.Collections.Immutable;
using Dapper;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>What became of fires, of one line of time.</summary>
internal sealed class FireTable(ScheduleDatabase database, string timeline)
{
    private const string Select =
        """
        SELECT trigger_id AS TriggerId, scheduled AS Scheduled, decided AS Decided, outcome AS Outcome, run AS Run, windows AS Windows,
          overrides AS Overrides, missed AS Missed, server AS Server, detail AS Detail
        FROM schedule_fires WHERE timeline = @timeline
        """;

    public async Task<Fire?> FindAsync(TriggerId trigger, DateTimeOffset scheduled, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return (await connection.QuerySingleOrDefaultAsync<Row>(
            $"{Select} AND trigger_id = @id AND scheduled = @at", new { timeline, id = trigger.Value, at = scheduled.UtcTicks }))?.Read();
    }

    /// <summary>The newest first, before a time; of all triggers when none is given.</summary>
    public async Task<ImmutableArray<Fire>> LatestAsync(TriggerId? trigger, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return [.. (await connection.QueryAsync<Row>(
            $"{Select} {(trigger is null ? "" : "AND trigger_id = @id")} AND scheduled < @before ORDER BY scheduled DESC, trigger_id LIMIT @limit",
            new { timeline, id = trigger?.Value, before = before.UtcTicks, limit })).Select(row => row.Read())];
    }

    /// <summary>In order, from a time on and before another.</summary>
    public async Task<ImmutableArray<Fire>> BetweenAsync(DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return [.. (await connection.QueryAsync<Row>(
            $"{Select} AND scheduled >= @from AND scheduled < @to ORDER BY scheduled, trigger_id LIMIT @limit",
            new { timeline, from = from.UtcTicks, to = to.UtcTicks, limit })).Select(row => row.Read())];
    }

    /// <summary>False: the fire was recorded before, and stays as it is.</summary>
    public async Task<bool> AddAsync(Fire fire, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync(
            """
            INSERT INTO schedule_fires (timeline, trigger_id, scheduled, decided, outcome, run, windows, overrides, missed, server, detail)
            VALUES (@timeline, @id, @scheduled, @decided, @outcome, @run, @windows, @overrides, @missed, @server, @detail)
            ON CONFLICT (timeline, trigger_id, scheduled) DO NOTHING
            """,
            new
            {
                timeline,
                id = fire.Trigger.Value,
                scheduled = fire.Scheduled.UtcTicks,
                decided = fire.DecidedAt.UtcTicks,
                outcome = Columns.Word(fire.Outcome),
                run = fire.Run?.ToString(),
                windows = fire.Windows.IsEmpty ? null : Columns.Json(fire.Windows.Select(window => new NamedWindow(window.Id.Value, window.Name))),
                overrides = fire.Overrides.IsEmpty ? null : Columns.Json(fire.Overrides.Select(pass => pass.Value)),
                missed = fire.Missed,
                server = fire.Server,
                detail = fire.Detail,
            }) == 1;
    }

    /// <summary>Forgets what is older, on any line of time.</summary>
    public async Task<int> ForgetAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteAsync("DELETE FROM schedule_fires WHERE decided < @before", new { before = before.UtcTicks });
    }

    private sealed record NamedWindow(Guid Id, string Name);

    private sealed class Row
    {
        public string TriggerId { get; init; } = "";
        public long Scheduled { get; init; }
        public long Decided { get; init; }
        public string Outcome { get; init; } = "";
        public string? Run { get; init; }
        public string? Windows { get; init; }
        public string? Overrides { get; init; }
        public int Missed { get; init; }
        public string Server { get; init; } = "";
        public string? Detail { get; init; }

        public Fire Read() => new(
            new TriggerId(TriggerId), Columns.Time(Scheduled), Columns.Time(Decided), Columns.Parse<FireOutcome>(Outcome), Run is null ? null : RunId.Parse(Run))
        {
            Windows = Windows is null ? [] : [.. Columns.FromJson<NamedWindow[]>(Windows).Select(window => new FreezeName(new FreezeId(window.Id), window.Name))],
            Overrides = Overrides is null ? [] : [.. Columns.FromJson<Guid[]>(Overrides).Select(id => new OverrideId(id))],
            Missed = Missed,
            Server = Server,
            Detail = Detail,
        };
    }
}
