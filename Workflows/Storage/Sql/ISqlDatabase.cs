using System.Data.Common;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>Where the dialects differ in reading.</summary>
internal interface ISqlDatabase
{
    /// <summary>Reads on a connection of its own beside the writer, and again when the connection was lost.</summary>
    Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>A run's id as the value of a parameter.</summary>
    object Key(RunId run);

    RunId ReadRun(DbDataReader row, int column);
}
