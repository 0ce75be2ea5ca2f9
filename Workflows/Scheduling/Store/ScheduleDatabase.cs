using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Storage.Postgres;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>
/// Where schedules are kept: tables of the shared PostgreSQL database, or <c>schedules.db</c> in the data folder. Quartz
/// keeps its own tables beside them.
/// </summary>
internal sealed class ScheduleDatabase : IAsyncDisposable
{
    /// <summary>Of the lock under which one server at a time brings the schema up to date.</summary>
    private const long MigrationLock = 0x5C4ED01E5;

    private readonly NpgsqlDataSource? postgres;
    private readonly DbConnection? memory;

    private ScheduleDatabase(NpgsqlDataSource? postgres, string connectionString, bool inMemory)
    {
        this.postgres = postgres;
        ConnectionString = connectionString;
        // A shared database in memory lives as long as its last connection.
        memory = inMemory ? new SqliteConnection(connectionString) : null;
        memory?.Open();
    }

    public bool IsPostgres => postgres is not null;

    public bool InMemory => memory is not null;

    public string ConnectionString { get; }

    /// <summary>Opens the store, making what is missing; one that only reads makes no file. Throws <see cref="SchedulesUnavailableException"/>.</summary>
    public static async Task<ScheduleDatabase> OpenAsync(TriggerOptions options, CancellationToken cancellationToken)
    {
        var database = Choose(options);
        try
        {
            await database.MigrateAsync(cancellationToken);
            return database;
        }
        catch (Exception error) when (error is DbException or TimeoutException or SocketException)
        {
            await database.DisposeAsync();
            throw new SchedulesUnavailableException(
                database.IsPostgres
                    ? PostgresFault.Explain(error, new NpgsqlConnectionStringBuilder(options.Store))
                    : $"schedules.db cannot be opened ({error.Message}); restore it from a backup, or remove it: schedules then begin anew",
                error);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        DbConnection connection = postgres is not null ? postgres.CreateConnection() : new SqliteConnection(ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (postgres is not null) await postgres.DisposeAsync();
        if (memory is not null) await memory.DisposeAsync();
        if (postgres is null && memory is null)
        {
            await using var connection = new SqliteConnection(ConnectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    private static ScheduleDatabase Choose(TriggerOptions options)
    {
        if (options.Store is { } store)
        {
            try
            {
                var address = PostgresAddress.Parse(store);
                return new(NpgsqlDataSource.Create(address), address.ConnectionString, inMemory: false);
            }
            catch (ArgumentException wrong)
            {
                throw new SchedulesUnavailableException(
                    $"the connection string of the store is not one ({wrong.Message}); write it like Host=db.example;Database=orchestrator;Username=orchestrator", wrong);
            }
        }

        if (options.DataDirectory is { } folder && (options.Role != ScheduleRole.Reads || File.Exists(Path.Combine(folder, "schedules.db"))))
        {
            Directory.CreateDirectory(folder);
            return new(null, new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "schedules.db"), DefaultTimeout = 30 }.ToString(), inMemory: false);
        }

        var memory = new SqliteConnectionStringBuilder { DataSource = $"schedules-{Guid.NewGuid():N}", Mode = SqliteOpenMode.Memory, Cache = SqliteCacheMode.Shared };
        return new(null, memory.ToString(), inMemory: true);
    }

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        if (!IsPostgres && memory is null) await connection.ExecuteAsync("PRAGMA journal_mode = WAL;");

        // SQLite begins as the only writer; PostgreSQL takes the lock.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (IsPostgres) await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", new { key = MigrationLock }, transaction);
        await connection.ExecuteAsync("CREATE TABLE IF NOT EXISTS schedule_schema (version INTEGER NOT NULL)", transaction: transaction);
        var version = await connection.ExecuteScalarAsync<int?>("SELECT max(version) FROM schedule_schema", transaction: transaction) ?? 0;
        var migrations = Migrations();
        if (version > migrations.Count)
        {
            throw new SchedulesUnavailableException(string.Create(CultureInfo.InvariantCulture,
                $"the store of schedules has schema version {version}, but this orchestrator knows only {migrations.Count}; run the newer orchestrator that wrote it"));
        }

        for (var number = version; number < migrations.Count; number++)
        {
            await connection.ExecuteAsync(migrations[number], transaction: transaction);
            await connection.ExecuteAsync("INSERT INTO schedule_schema (version) VALUES (@version)", new { version = number + 1 }, transaction);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The scripts beside this file, in the order of their numbers.</summary>
    private static List<string> Migrations()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("schedules.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return reader.ReadToEnd();
            })];
    }
}
