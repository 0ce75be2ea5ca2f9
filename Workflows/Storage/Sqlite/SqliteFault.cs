using Microsoft.Data.Sqlite;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>What an error of SQLite means.</summary>
internal static class SqliteFault
{
    private const int IoError = 10;
    private const int Full = 13;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;
    private const int CannotOpen = 14;

    /// <summary>True: not the statement is wrong but the disk, and somebody can fix that.</summary>
    public static bool IsPassing(Exception error) => error is SqliteException { SqliteErrorCode: IoError or Full };

    /// <summary>True: pages of the file are not what was written.</summary>
    public static bool IsDamage(Exception error) => error is SqliteException { SqliteErrorCode: Corrupt or NotADatabase };

    /// <summary>True: the file is gone, or is no journal that can be read any more. Whoever asks has done nothing wrong.</summary>
    public static bool IsLost(Exception error) => IsDamage(error) || error is SqliteException { SqliteErrorCode: CannotOpen };

    /// <summary>One sentence for an operator, with the fix.</summary>
    public static string Explain(Exception error, string folder) => error switch
    {
        SqliteException { SqliteErrorCode: Full } => $"the disk of the data folder '{folder}' is full; make room on it",
        SqliteException { SqliteErrorCode: IoError } failed => $"the disk of the data folder '{folder}' fails, or is full ({failed.Message}); make room on it, or fix it",
        SqliteException { SqliteErrorCode: Corrupt } => $"pages of the journal in '{folder}' are damaged ({error.Message}); stop the orchestrator, look after the disk, and restore orchestrator.db from a backup",
        SqliteException { SqliteErrorCode: CannotOpen } => $"there is no orchestrator.db in '{folder}' that can be opened ({error.Message}); restore it from a backup, or see who may read it",
        _ => $"the journal in '{folder}' cannot be opened ({error.Message}); restore orchestrator.db from a backup, or start with an empty folder",
    };
}
