using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Cluster;
using Orchestrator.Workflows.Journals.Sql;

namespace Orchestrator.Workflows.Journals.Sqlite;

/// <summary>
/// The file of a journal, held by one process at a time: a second one would lease the same tasks. Use
/// <see cref="Open"/>, which brings the schema up to date.
/// </summary>
internal sealed class SqliteDatabase : ISqlDatabase, IDisposable
{
    private readonly FileStream held;
    private readonly string connectionString;

    private readonly string folder;
    private readonly CancellationTokenSource closing = new();

    private SqliteDatabase(FileStream held, string folder, TimeProvider wall, ILogger logger)
    {
        this.held = held;
        this.folder = folder;
        Writing = new Outage(Explain, onlyWrites: true, wall, logger);
        var path = Path.Combine(folder, "orchestrator.db");
        connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true, DefaultTimeout = 30 }.ToString();
    }

    public Outage Writing { get; }

    /// <summary>Cancelled when nobody waits any longer for a disk that is full.</summary>
    public CancellationToken Closing => closing.Token;

    /// <summary>Opens the journal of a folder, making both when they are missing. Throws <see cref="JournalUnavailableException"/> with a way to mend it.</summary>
    public static SqliteDatabase Open(string folder, TimeProvider wall, ILogger logger)
    {
        FileStream held;
        try
        {
            Directory.CreateDirectory(folder);
            held = new FileStream(Path.Combine(folder, "orchestrator.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException error) when (error is not DirectoryNotFoundException)
        {
            throw new JournalUnavailableException(
                $"the data folder '{folder}' is in use by another orchestrator process ({error.Message}); stop that one, or give this one a folder of its own", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new JournalUnavailableException($"the data folder '{folder}' cannot be written ({error.Message}); give it to the user that runs the orchestrator", error);
        }

        var database = new SqliteDatabase(held, folder, wall, logger);
        try
        {
            database.Migrate();
            return database;
        }
        catch (SqliteException error)
        {
            database.Dispose();
            throw new JournalUnavailableException(database.Explain(error), error);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public string Explain(Exception error) => SqliteProblem.Explain(error, folder);

    /// <summary>The one of the <see cref="Formats"/> in force.</summary>
    public int ReadFormat()
    {
        using var connection = Connect();
        return Number(connection, "SELECT in_force FROM formats;");
    }

    /// <summary>Puts a newer one in force.</summary>
    public void RaiseFormat(int format)
    {
        using var connection = ConnectWriter();
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE formats SET in_force = {format};"));
    }

    /// <summary>From now on nobody waits for a disk that is full.</summary>
    public void GiveUp() => closing.Cancel();

    public async Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = Connect();
        return await read(connection, cancellationToken);
    }

    public object Key(RunId run) => run.Value.ToByteArray(bigEndian: true);

    public RunId ReadRun(DbDataReader row, int column)
    {
        Span<byte> bytes = stackalloc byte[16];
        using var stream = row.GetStream(column);
        stream.ReadExactly(bytes);
        return new RunId(new Guid(bytes, bigEndian: true));
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>The one connection that writes: every commit is on the disk when it returns.</summary>
    public SqliteConnection ConnectWriter()
    {
        var connection = Connect();
        Execute(connection, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;");
        return connection;
    }

    public void Dispose()
    {
        using (var connection = new SqliteConnection(connectionString)) SqliteConnection.ClearPool(connection);
        held.Dispose();
        closing.Dispose();
    }

    private void Migrate()
    {
        using var connection = Connect();
        Execute(connection, "PRAGMA journal_mode = WAL;");
        var migrations = SqlMigrations.Of("sqlite");
        var version = Number(connection, "PRAGMA user_version;");
        SqlMigrations.RefuseNewer(version, migrations.Length, version > migrations.Length ? Number(connection, "SELECT oldest_schema FROM formats;") : 0, $"the journal '{connection.DataSource}'", "another data folder");
        foreach (var (sql, number) in migrations.Select((sql, index) => (sql, index + 1)).Skip(version))
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, sql, transaction);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {number};"), transaction);
            transaction.Commit();
        }
    }

    private static int Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }
}
