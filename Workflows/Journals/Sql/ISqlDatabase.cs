using System.Data.Common;

namespace Orchestrator.Workflows.Journals.Sql;

/// <summary>Where the dialects differ in reading.</summary>
internal interface ISqlDatabase
{
    /// <summary>Reads on a connection of its own beside the writer, and again when the connection was lost.</summary>
    Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>A run's id as the value of a parameter.</summary>
    object Key(RunId run);

    RunId ReadRun(DbDataReader row, int column);
}
