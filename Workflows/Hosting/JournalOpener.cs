using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Memory;
using Orchestrator.Workflows.Storage.Postgres;
using Orchestrator.Workflows.Storage.Sqlite;

namespace Orchestrator.Workflows.Hosting;

/// <summary>Which journal the options ask for.</summary>
internal static class JournalOpener
{
    /// <summary>Throws <see cref="JournalUnavailableException"/> when it cannot be opened.</summary>
    public static async Task<IJournal> OpenAsync(WorkflowOptions options, Clocks clocks, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        options.Store is { } store ? await PostgresJournal.OpenAsync(store, clocks.SystemClock, loggers.CreateLogger<PostgresJournal>(), cancellationToken)
        : options.DataDirectory is { } folder ? SqliteJournal.Open(folder, clocks.SystemClock, loggers.CreateLogger<SqliteJournal>(), new SqliteOpening(options.ReadOnly, options.AcceptLoss))
        : new MemoryJournal();
}
