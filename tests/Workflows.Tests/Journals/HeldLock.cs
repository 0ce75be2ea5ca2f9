using Npgsql;
using Orchestrator.Servers;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>A lock in the database that makes appends wait until it is disposed.</summary>
internal sealed class HeldLock : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;

    private HeldLock(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        this.connection = connection;
        this.transaction = transaction;
    }

    public static async Task<HeldLock> TakeAsync(string store, string sql)
    {
        var connection = new NpgsqlConnection(store + ";Pooling=false;Application Name=holder");
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteScalarAsync();
        return new HeldLock(connection, transaction);
    }

    /// <summary>Returns when so many transactions wait for a lock.</summary>
    public static async Task WhenWaitingAsync(PostgresServer server, string database, int count)
    {
        while (await server.ExecuteAsync($"SELECT count(*) >= {count} FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'") != "t")
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
