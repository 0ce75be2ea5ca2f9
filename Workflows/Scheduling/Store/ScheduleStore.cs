using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>The tables of an open store.</summary>
internal sealed record ScheduleTables(
    ScheduleDatabase Database, TriggerTable Triggers, FireTable Fires, PauseTable Pauses, FreezeTable Freezes, RemovalTable Removals, OverrideTable Overrides);

/// <summary>Opens the store when it is first needed, so that a process that is never asked for schedules pays nothing.</summary>
internal sealed class ScheduleStore(IOptions<TriggerOptions> options, TriggerSource source, Clocks clocks) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private ScheduleTables? opened;

    /// <summary>Throws <see cref="SchedulesUnavailableException"/>; asked again later it tries again.</summary>
    public async ValueTask<ScheduleTables> OpenAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref opened) is { } open) return open;

        await gate.WaitAsync(cancellationToken);
        try
        {
            if (opened is { } meanwhile) return meanwhile;

            var database = await ScheduleDatabase.OpenAsync(options.Value, cancellationToken);
            var timeline = options.Value.Timeline;
            var tables = new ScheduleTables(
                database, new TriggerTable(database), new FireTable(database, timeline), new PauseTable(database), new FreezeTable(database), new RemovalTable(database), new OverrideTable(database, timeline));
            // A server that fires nothing shows what those that do have read; where there is no store it reads for itself.
            if (options.Value.Role == ScheduleRole.Fires || database.InMemory) await SynchroniseAsync(tables, cancellationToken);
            Volatile.Write(ref opened, tables);
            return tables;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Makes the kept triggers those of the published runbooks. Idempotent.</summary>
    public async Task SynchroniseAsync(CancellationToken cancellationToken) => await SynchroniseAsync(await OpenAsync(cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (opened is { } open) await open.Database.DisposeAsync();
        gate.Dispose();
    }

    private async Task SynchroniseAsync(ScheduleTables tables, CancellationToken cancellationToken)
    {
        var published = await source.Read(cancellationToken);
        var kept = await tables.Triggers.ListAsync(cancellationToken);
        var wanted = published.Triggers.Concat(kept.Select(trigger => trigger.Trigger).Where(trigger => published.Unreadable.Contains(trigger.Runbook)));
        await tables.Triggers.ReplaceAsync(
            [.. wanted.DistinctBy(trigger => trigger.Id).OrderBy(trigger => trigger.Id.Value, StringComparer.Ordinal)],
            options.Value.Timeline, clocks.EnvironmentClock.GetUtcNow(), cancellationToken);
    }
}
