using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>
/// The file of a journal, held by one process at a time: a second one would lease the same tasks. Use
/// <see cref="Open"/>, which brings the schema up to date.
/// </summary>
internal sealed partial class SqliteDatabase : ISqlDatabase, IDisposable
{
    private const string FileName = "orchestrator.db";
    private const string LockName = "orchestrator.lock";

    // Numbers of Linux's errors, which .NET passes on.
    private const int AlreadyLocked = 11;
    private const int ReadOnlyFileSystem = 30;

    private static readonly TimeSpan checkInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan checkAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan longestWait = TimeSpan.FromSeconds(5);
    private const int ChecksPerSync = 5;

    private readonly FileStream? held;
    private readonly string connectionString;
    private readonly string folder;
    private readonly TimeProvider systemClock;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private OpenFiles? files;
    private CommitMark? mark;
    private ITimer? checking;
    private int checks;
    private volatile StoreUnavailable? broken;
    private volatile StoreUnavailable? gone;

    private SqliteDatabase(FileStream? held, string folder, string connectionString, TimeProvider systemClock, ILogger logger)
    {
        this.held = held;
        this.folder = folder;
        this.connectionString = connectionString;
        this.systemClock = systemClock;
        this.logger = logger;
        Writing = new StoreHealth(Explain, onlyWrites: true, systemClock, logger);
    }

    public StoreHealth Writing { get; }

    /// <summary>Null: it takes what it is asked; else what is wrong.</summary>
    public StoreUnavailable? Unavailable => gone ?? broken ?? Writing.Unavailable;

    /// <summary>Cancelled when nobody waits any longer for a disk that is full.</summary>
    public CancellationToken Closing => closing.Token;

    /// <summary>
    /// Opens the journal of a folder, making both when they are missing. Throws <see cref="JournalUnavailableException"/> with a way to fix
    /// it: when the folder is in use, when acknowledged commits are missing from it and that is not accepted, and when it cannot be read.
    /// </summary>
    public static SqliteDatabase Open(string folder, TimeProvider systemClock, ILogger logger, SqliteOpening opening = default)
    {
        if (Hold(folder, opening.ReadOnly) is not { } held) return OpenReadOnly(folder, systemClock, logger);

        var database = new SqliteDatabase(held, folder, Address(Path.Combine(folder, FileName), SqliteOpenMode.ReadWrite), systemClock, logger);
        try
        {
            var loss = CommitLoss.Find(folder, Address(Path.Combine(folder, FileName), SqliteOpenMode.ReadWrite, pooling: false));
            if (loss is not null && !opening.AcceptLoss && !opening.ReadOnly) throw new JournalUnavailableException(CommitLoss.Fix(loss));

            database.Migrate(loss is not null && opening.AcceptLoss ? loss : null);
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

    /// <summary>From now on the writer's commits are counted beside the database, and the files are looked after. Called once the writer has them open.</summary>
    public void Watch(long commits)
    {
        if (held is null) return;

        mark = new CommitMark(folder, commits);
        files = new OpenFiles(folder, FileName, $"{FileName}-wal", LockName);
        checking = systemClock.CreateTimer(_ => CheckFiles(), null, checkInterval, checkInterval);
    }

    /// <summary>Called when a commit is on the disk, before anybody is told.</summary>
    public void Committed(long commits) => mark?.Write(commits);

    /// <summary>
    /// Waits a little while the files are not in their places, since a folder may be moved back: what is written meanwhile would be lost, and
    /// nobody must be told otherwise. Then throws <see cref="JournalUnavailableException"/>, so that a server whose folder is gone can stop.
    /// </summary>
    public void AwaitFiles()
    {
        while (Check() is { } unavailable)
        {
            if (closing.IsCancellationRequested || systemClock.GetUtcNow() - unavailable.Since > longestWait) throw new JournalUnavailableException(unavailable.What);
            closing.Token.WaitHandle.WaitOne(checkAgain);
        }
    }

    /// <summary>The database is damaged: no write can come of it any more.</summary>
    public JournalUnavailableException Broken(Exception error)
    {
        broken ??= new StoreUnavailable(Explain(error), systemClock.GetUtcNow(), OnlyWrites: true);
        return new JournalUnavailableException(Explain(error), error);
    }

    public string Explain(Exception error) => SqliteFault.Explain(error, folder);

    /// <summary>The one of the <see cref="ProtocolVersions"/> in force.</summary>
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
        try
        {
            await using var connection = Connect();
            return await read(connection, cancellationToken);
        }
        catch (SqliteException error) when (SqliteFault.IsLost(error))
        {
            throw new JournalUnavailableException(Explain(error), error);
        }
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
        checking?.Dispose();
        mark?.Dispose();
        using (var connection = new SqliteConnection(connectionString)) SqliteConnection.ClearPool(connection);
        held?.Dispose();
        closing.Dispose();
    }

    /// <param name="accepted">Commits that are missing, and that somebody goes on without; null: none.</param>
    private void Migrate(string? accepted)
    {
        using var connection = new SqliteConnection(Address(Path.Combine(folder, FileName), SqliteOpenMode.ReadWriteCreate, pooling: false));
        connection.Open();
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

        if (accepted is null) return;
        CommitLoss.Keep(connection, accepted, systemClock.GetUtcNow());
        LogAccepted(accepted, Environment.UserName);
    }

    /// <summary>The lock of the folder; null: nothing can be written there, and it is only to be read.</summary>
    private static FileStream? Hold(string folder, bool readOnly)
    {
        var path = Path.Combine(folder, LockName);
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException error) when (error.HResult == AlreadyLocked)
        {
            throw new JournalUnavailableException(
                $"the data folder '{folder}' is in use by another orchestrator process; stop that one, or give this one a folder of its own", error) { InUse = true };
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem })
        {
            if (readOnly) return null;
            throw new JournalUnavailableException(
                $"the data folder '{folder}' cannot be written ({error.Message.TrimEnd('.')}); give it to the user that runs the orchestrator and mount it for writing, or copy it elsewhere", error);
        }
        catch (IOException error)
        {
            throw new JournalUnavailableException($"the data folder '{folder}' cannot be used ({error.Message.TrimEnd('.')}); fix that, or give another folder", error);
        }
    }

    /// <summary>A folder where nothing can be written, as a backup may be. SQLite wants to make its index of the log there, unless it is told that nothing changes.</summary>
    private static SqliteDatabase OpenReadOnly(string folder, TimeProvider systemClock, ILogger logger)
    {
        var path = Path.Combine(folder, FileName);
        if (new FileInfo($"{path}-wal") is { Exists: true, Length: > 0 })
        {
            throw new JournalUnavailableException(
                $"the data folder '{folder}' cannot be written, and its journal has a write-ahead log that is to be taken in first; copy the folder to where it can be written, and look at the copy");
        }

        var escaped = string.Join('/', Path.GetFullPath(path).Split('/').Select(Uri.EscapeDataString));
        var database = new SqliteDatabase(null, folder, Address($"file:{escaped}?immutable=1", SqliteOpenMode.ReadOnly), systemClock, logger);
        try
        {
            using var connection = database.Connect();
            var (version, known) = (Number(connection, "PRAGMA user_version;"), SqlMigrations.Of("sqlite").Length);
            if (version < known)
            {
                throw new JournalUnavailableException(string.Create(CultureInfo.InvariantCulture,
                    $"the data folder '{folder}' cannot be written, and its journal has schema version {version}, which is to be brought up to {known} first; copy the folder to where it can be written, and look at the copy"));
            }

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

    private static string Address(string source, SqliteOpenMode mode, bool pooling = true) =>
        new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = pooling, DefaultTimeout = 30 }.ToString();

    private void CheckFiles()
    {
        if (closing.IsCancellationRequested) return;
        Check();
        if (++checks % ChecksPerSync == 0) mark?.Sync();
    }

    private StoreUnavailable? Check()
    {
        var missing = files?.Missing();
        var before = gone;
        if (missing is null)
        {
            gone = null;
            if (before is not null) LogBack();
            return null;
        }

        if (before?.What == missing) return before;
        LogGone(missing);
        return gone = new StoreUnavailable(missing, before?.Since ?? systemClock.GetUtcNow(), OnlyWrites: false) { FilesGone = true };
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

    [LoggerMessage(2011, LogLevel.Critical, "Nothing is written any more: {Missing}")]
    private partial void LogGone(string missing);

    [LoggerMessage(2012, LogLevel.Information, "The files of the journal are in their places again")]
    private partial void LogBack();

    [LoggerMessage(2013, LogLevel.Warning, "The journal goes on though commits are missing that were acknowledged, as {Person} accepted: {Loss}")]
    private partial void LogAccepted(string loss, string person);
}

/// <summary>How a journal's file is opened.</summary>
/// <param name="ReadOnly">Where the folder cannot be written it is read as it is.</param>
/// <param name="AcceptLoss">Goes on though commits are missing that were acknowledged, and keeps in the audit who accepted that.</param>
internal readonly record struct SqliteOpening(bool ReadOnly, bool AcceptLoss);
