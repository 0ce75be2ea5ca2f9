using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Model.Values;
using SQLitePCL;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>Finds out at the start whether commits that were acknowledged are missing from the database.</summary>
internal static class CommitLoss
{
    /// <summary>The counter of commits in the database.</summary>
    public const string Counter = "commits";

    private const string AuditEventKind = "journal-loss-accepted";
    private const string AuditEventSubject = "journal";
    private const int KeepLogOnClose = 1006; // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE

    /// <summary>Null: nothing is missing that is known of; else what is, for an operator. Changes nothing in the folder.</summary>
    public static string? Find(string folder, string connectionString)
    {
        var database = Path.Combine(folder, "orchestrator.db");
        var marked = CommitMark.Read(folder);
        if (!File.Exists(database) || new FileInfo(database).Length == 0)
        {
            var what = File.Exists(database) ? "is empty" : "is missing";
            if (marked is > 0)
                return string.Create(CultureInfo.InvariantCulture, $"orchestrator.db in the data folder '{folder}' {what}, and {CommitMark.FileName} beside it tells of {marked} commits that were acknowledged");
            return new FileInfo(database + "-wal") is { Exists: true, Length: > 0 } ? $"orchestrator.db in the data folder '{folder}' {what}, and the write-ahead log beside it is not" : null;
        }

        if (marked is not > 0) return null;
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        // The last connection would move what is left of the log into the database and delete it: whoever looks after the loss wants to see it.
        raw.sqlite3_db_config(connection.Handle!, KeepLogOnClose, 1, out _);
        var committed = Read(connection);
        return committed < marked
            ? string.Create(CultureInfo.InvariantCulture, $"the last {marked - committed} of {marked} commits that were acknowledged are missing from the journal in '{folder}': its write-ahead log was deleted or damaged, or an older orchestrator.db was put in its place")
            : null;
    }

    /// <summary>Ways out, for <see cref="Find"/>.</summary>
    public static string Fix(string loss) =>
        $"{loss}; put the files back (orchestrator.db with orchestrator.db-wal), or restore a backup; to go on without what is missing, which may have happened in the world, start once with: serve --accept-loss";

    public static long Read(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM sqlite_master WHERE name = 'counters'";
        if (Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) == 0) return 0;
        command.CommandText = $"SELECT value FROM counters WHERE name = '{Counter}'";
        return Convert.ToInt64(command.ExecuteScalar() ?? 0L, CultureInfo.InvariantCulture);
    }

    /// <summary>Keeps in the audit that somebody went on without them.</summary>
    public static void Keep(SqliteConnection connection, string loss, DateTimeOffset now)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO audit_events SELECT
                1 + coalesce(max(position), 0), @subject, 1 + (SELECT coalesce(max(version), 0) FROM audit_events WHERE subject = @subject), @kind, @by, @at, @body
            FROM audit_events
            """;
        command.Parameters.AddWithValue("@subject", AuditEventSubject);
        command.Parameters.AddWithValue("@kind", AuditEventKind);
        command.Parameters.AddWithValue("@by", Environment.UserName);
        command.Parameters.AddWithValue("@at", now.UtcTicks);
        command.Parameters.AddWithValue("@body", JsonSerializer.Serialize(new Dictionary<string, string> { ["loss"] = loss }, WorkflowJson.Options));
        command.ExecuteNonQuery();
    }
}
