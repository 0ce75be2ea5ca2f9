using System.Globalization;
using Npgsql;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>A database as it is for a journal.</summary>
/// <param name="Server">Host and port, without secrets.</param>
/// <param name="Release">The server's version, as in <c>15.14</c>.</param>
/// <param name="Schema">Version of the journal's schema in it; 0: there is none yet.</param>
/// <param name="Flushes">Whether a commit that was acknowledged is on the server's disk.</param>
internal sealed record PostgresState(string Server, string Database, string Release, int Schema, bool Flushes)
{
    /// <summary>The schema that this program makes.</summary>
    public static int KnownSchema { get; } = SqlMigrations.Of("postgres").Length;
}

/// <summary>Asks a database whether a journal can be kept in it, and changes nothing.</summary>
internal static class PostgresCheck
{
    /// <exception cref="JournalUnavailableException">It cannot be, with the reason and the fix.</exception>
    public static async Task<PostgresState> AskAsync(string connectionString, CancellationToken cancellationToken)
    {
        var store = PostgresDatabase.Read(connectionString);
        try
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(store.ConnectionString) { Pooling = false });
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await PostgresDatabase.RefuseUnusableAsync(connection, store, cancellationToken);
            var schema = await PostgresDatabase.VersionAsync(connection, cancellationToken);
            if (await SaysAsync(connection, "SELECT pg_is_in_recovery()", cancellationToken) is true)
            {
                throw new JournalUnavailableException($"the PostgreSQL server at {store.Host}:{store.Port} is a standby that only reads; name the primary, or add Target Session Attributes=primary to the store's connection string");
            }

            if (schema == 0 && await SaysAsync(connection, "SELECT has_schema_privilege(current_schema(), 'CREATE')", cancellationToken) is not true)
            {
                throw new JournalUnavailableException($"user '{store.Username}' may not make tables in database '{store.Database}' at {store.Host}:{store.Port}; make the user the database's owner");
            }

            var flushes = await SaysAsync(connection, "SHOW fsync", cancellationToken) is "on" && await SaysAsync(connection, "SHOW synchronous_commit", cancellationToken) is not "off";
            return new PostgresState(string.Create(CultureInfo.InvariantCulture, $"{store.Host}:{store.Port}"), store.Database!, connection.PostgreSqlVersion.ToString(), schema, flushes);
        }
        catch (Exception error) when (error is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw new JournalUnavailableException(PostgresFault.Explain(error, store), error);
        }
    }

    private static async Task<object?> SaysAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
