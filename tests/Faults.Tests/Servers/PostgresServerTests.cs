using Npgsql;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests.Servers;

public sealed class PostgresServerTests(SharedServers servers)
{
    [Fact]
    public async Task A_database_sees_nothing_of_another()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var server = await servers.PostgresAsync();
        await using var one = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await using var other = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());

        await ExecuteAsync(one, "CREATE TABLE run (id int)");

        var failure = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(other, "SELECT * FROM run"));
        Assert.Equal(PostgresErrorCodes.UndefinedTable, failure.SqlState);
    }

    [Fact]
    public async Task Keeps_what_was_committed_when_it_is_killed_and_starts_again_on_its_port()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var server = await PostgresServer.StartAsync();
        var connection = await server.CreateDatabaseAsync();
        await using (var before = NpgsqlDataSource.Create(connection))
        {
            await ExecuteAsync(before, "CREATE TABLE run (id int); INSERT INTO run VALUES (11)");

            await server.KillAsync();

            await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(before, "SELECT id FROM run"));
        }

        await server.StartAsync();

        await using var after = NpgsqlDataSource.Create(connection);
        Assert.Equal(11, await ExecuteAsync(after, "SELECT id FROM run"));
    }

    [Fact]
    public async Task Asks_everyone_but_the_administrator_for_the_password()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var server = await servers.PostgresAsync();
        await server.ExecuteAsync("CREATE ROLE guest LOGIN PASSWORD 'right'");
        await using var right = NpgsqlDataSource.Create(server.ConnectionString("postgres", "guest", "right"));
        await using var wrong = NpgsqlDataSource.Create(server.ConnectionString("postgres", "guest", "wrong"));

        Assert.Equal("guest", await ExecuteAsync(right, "SELECT current_user::text"));
        var failure = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(wrong, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, failure.SqlState);
    }

    [Fact]
    public async Task Cuts_the_connections_to_one_database_alone()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var server = await servers.PostgresAsync();
        var name = await server.CreateDatabaseNamedAsync();
        await using var cut = await OpenAsync(server.ConnectionString(name));
        await using var kept = await OpenAsync(await server.CreateDatabaseAsync());

        Assert.Equal(1, await server.CutConnectionsAsync(name));

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(cut));
        Assert.Equal(1, await AskAsync(kept));
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connection)
    {
        var opened = new NpgsqlConnection(connection);
        await opened.OpenAsync();
        return opened;
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<object?> ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
