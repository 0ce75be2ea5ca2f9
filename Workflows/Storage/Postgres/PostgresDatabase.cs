using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>The connections to the database of a journal. Use <see cref="OpenAsync"/>, which brings its schema up to date.</summary>
internal sealed class PostgresDatabase : ISqlDatabase, IAsyncDisposable
{
    private const int OldestServer = 13;

    // Of one for whom alone something is wrong, and whom nobody's answer helps.
    private static readonly TimeSpan breath = TimeSpan.FromMilliseconds(50);

    // Anything but 0, the same for every server: who migrates, and who declares dead, holds it.
    private const long MigrationLock = 0x4F72636865737401;

    private readonly NpgsqlConnectionStringBuilder store;
    private readonly NpgsqlDataSource pool;
    private readonly NpgsqlDataSource single;
    private readonly CancellationTokenSource closing = new();
    private int watching;

    private PostgresDatabase(NpgsqlConnectionStringBuilder store, TimeProvider systemClock, ILogger logger)
    {
        this.store = store;
        SystemClock = systemClock;
        pool = NpgsqlDataSource.Create(store);
        // What has a connection of its own for long must not meet one that an unavailability has left in the pool.
        single = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(store.ConnectionString) { Pooling = false });
        Reading = new StoreHealth(Explain, onlyWrites: false, systemClock, logger);
        Writing = new StoreHealth(Explain, onlyWrites: true, systemClock, logger);
    }

    public TimeProvider SystemClock { get; }

    public StoreHealth Reading { get; }

    public StoreHealth Writing { get; }

    /// <summary>Cancelled when nobody waits any longer for a server that is away.</summary>
    public CancellationToken Closing => closing.Token;

    /// <summary>Throws <see cref="JournalUnavailableException"/> when the database cannot be used, with a way to fix it.</summary>
    public static async Task<PostgresDatabase> OpenAsync(string connectionString, TimeProvider systemClock, ILogger logger, CancellationToken cancellationToken)
    {
        var database = new PostgresDatabase(Read(connectionString), systemClock, logger);
        try
        {
            await database.MigrateAsync(cancellationToken);
            return database;
        }
        catch (Exception error) when (error is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            await database.DisposeAsync();
            throw new JournalUnavailableException(database.Explain(error), error);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public string Explain(Exception error) => PostgresFault.Explain(error, store);

    /// <summary>A connection that is nobody else's, and new.</summary>
    public ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => single.OpenConnectionAsync(cancellationToken);

    /// <inheritdoc cref="ConnectAsync"/>
    public NpgsqlConnection Connect() => single.OpenConnection();

    // Who gives up goes at once: to tell a server that is away that nobody waits any longer takes as long as waiting for it.
    public Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        ReadPatientlyAsync(read, cancellationToken).WaitAsync(cancellationToken);

    private async Task<T> ReadPatientlyAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        // What a restart long past has left behind fails once.
        for (var again = false; ; again = true)
        {
            var begun = SystemClock.GetTimestamp();
            try
            {
                return await ReadOnceAsync(read, cancellationToken);
            }
            catch (Exception error) when (PostgresFault.IsPassing(error) && !cancellationToken.IsCancellationRequested)
            {
                if (closing.IsCancellationRequested) throw new JournalUnavailableException(Explain(error), error);
                if (again) Reading.Met(error, begun);
            }
            catch (ObjectDisposedException error) when (closing.IsCancellationRequested)
            {
                throw new JournalUnavailableException("the journal is closed", error);
            }

            if (!again) continue;
            // Thousands may wait: one asks for all of them.
            _ = WatchAsync();
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
            await Task.Delay(breath, SystemClock, waiting.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Reading.WhenOver.WaitAsync(waiting.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<T> ReadOnceAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        var found = await read(connection, cancellationToken);
        Reading.Over();
        return found;
    }

    /// <summary>Asks a server that is away until it is back.</summary>
    private async Task WatchAsync()
    {
        if (Interlocked.Exchange(ref watching, 1) != 0) return;
        for (var tries = 2; Reading.Unavailable is not null && !closing.IsCancellationRequested; tries++)
        {
            await Task.Delay(StoreHealth.Pause(tries), SystemClock, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var begun = SystemClock.GetTimestamp();
            try
            {
                await ReadOnceAsync(static async (connection, cancellation) => await ScalarAsync((NpgsqlConnection)connection, "SELECT 1", cancellation), closing.Token);
            }
            catch (Exception error)
            {
                if (!closing.IsCancellationRequested) Reading.Met(error, begun);
            }
        }

        // A full fence: written late, it could pass the question below.
        Interlocked.Exchange(ref watching, 0);
        // Somebody may have met trouble since it was over, and found this still at work.
        if (Reading.Unavailable is not null && !closing.IsCancellationRequested) _ = WatchAsync();
    }

    public object Key(RunId run) => run.Value;

    public RunId ReadRun(DbDataReader row, int column) => new(row.GetGuid(column));

    /// <summary>From now on nobody waits for a server that is away.</summary>
    public void GiveUp() => closing.Cancel();

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await pool.DisposeAsync();
        await single.DisposeAsync();
    }

    /// <summary>Throws <see cref="JournalUnavailableException"/> for a connection string that cannot be used.</summary>
    public static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        NpgsqlConnectionStringBuilder store;
        try
        {
            store = PostgresAddress.Parse(connectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new JournalUnavailableException(
                $"the store's connection string cannot be read ({error.Message}); write it as Host=db;Port=5432;Database=orchestrator;Username=orchestrator;Password=…", error);
        }

        if (string.IsNullOrEmpty(store.Host) || string.IsNullOrEmpty(store.Database))
        {
            throw new JournalUnavailableException(
                "the store's connection string must name Host and Database, as in Host=db;Port=5432;Database=orchestrator;Username=orchestrator;Password=…");
        }

        store.ApplicationName ??= "orchestrator";
        store.Enlist = false;
        store.NoResetOnClose = true;
        store.MaxAutoPrepare = Math.Max(store.MaxAutoPrepare, 60);
        store.AutoPrepareMinUsages = 2;
        if (!store.ShouldSerialize("Maximum Pool Size")) store.MaxPoolSize = 20;
        return store;
    }

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await RefuseUnusableAsync(connection, store, cancellationToken);
        var scripts = SqlMigrations.Of("postgres");
        if (await VersionAsync(connection, cancellationToken) == scripts.Length) return;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Two processes may start at once: the second finds the work done.
        await ScalarAsync(connection, $"SELECT pg_advisory_xact_lock({MigrationLock})", cancellationToken);
        var version = await VersionAsync(connection, cancellationToken);
        var oldest = version > scripts.Length ? (int)(await ScalarAsync(connection, "SELECT oldest_schema FROM formats", cancellationToken))! : 0;
        SqlMigrations.RefuseNewer(version, scripts.Length, oldest, $"the journal in database '{store.Database}' at {store.Host}:{store.Port}", "another database");
        if (version > scripts.Length) return;
        if (version == 0) await ScalarAsync(connection, "CREATE TABLE journal_schema (version integer NOT NULL); INSERT INTO journal_schema VALUES (0)", cancellationToken);
        foreach (var script in scripts.Skip(version)) await ScalarAsync(connection, script, cancellationToken);
        await ScalarAsync(connection, $"UPDATE journal_schema SET version = {scripts.Length}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Throws <see cref="JournalUnavailableException"/> for a server that is too old, or a database of another encoding.</summary>
    public static async Task RefuseUnusableAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder store, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new JournalUnavailableException(
                $"the PostgreSQL server at {store.Host}:{store.Port} has version {connection.PostgreSqlVersion}, and the journal needs {OldestServer} or newer; upgrade it");
        }

        var encoding = (string?)await ScalarAsync(connection, "SHOW server_encoding", cancellationToken);
        if (encoding != "UTF8")
        {
            throw new JournalUnavailableException(
                $"database '{store.Database}' has the encoding {encoding}, and the journal needs UTF8; make it anew (createdb -E UTF8 -T template0 {store.Database})");
        }
    }

    /// <summary>The version of the journal's schema; 0: there is none.</summary>
    public static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        // Not to_regclass, which may still say what was so before another process made it.
        await ScalarAsync(connection, "SELECT true FROM pg_tables WHERE tablename = 'journal_schema' AND schemaname = current_schema()", cancellationToken) is true
            ? (int)(await ScalarAsync(connection, "SELECT version FROM journal_schema", cancellationToken))!
            : 0;

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
