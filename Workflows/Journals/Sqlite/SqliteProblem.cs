using Microsoft.Data.Sqlite;

namespace Orchestrator.Workflows.Journals.Sqlite;

/// <summary>What an error of SQLite means.</summary>
internal static class SqliteProblem
{
    private const int IoError = 10;
    private const int Full = 13;

    /// <summary>True: not the statement is wrong but the disk, and somebody can mend that.</summary>
    public static bool IsPassing(Exception error) => error is SqliteException { SqliteErrorCode: IoError or Full };

    /// <summary>One sentence for an operator, with the mend.</summary>
    public static string Explain(Exception error, string folder) => error switch
    {
        SqliteException { SqliteErrorCode: Full } => $"the disk of the data folder '{folder}' is full; make room on it",
        SqliteException { SqliteErrorCode: IoError } failed => $"the disk of the data folder '{folder}' fails, or is full ({failed.Message}); make room on it, or mend it",
        _ => $"the journal in '{folder}' cannot be opened ({error.Message}); restore orchestrator.db from a backup, or start with an empty folder",
    };
}
