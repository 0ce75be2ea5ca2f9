using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests;

/// <summary>PostgreSQL and RabbitMQ over TLS, with certificates of an authority of the test's own.</summary>
public sealed class TlsTests(SharedServers servers)
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Servers_work_over_TLS_with_both_servers()
    {
        const int runs = 10;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        using var authority = new Authority();
        await using var postgres = await PostgresServer.StartAsync(authority);
        await using var rabbit = await RabbitServer.StartAsync(authority);
        await using var harness = await FaultHarness.StartAsync();
        var trusted = await TrustAsync(harness, authority);
        string[] shared = ["--store", $"{await postgres.CreateDatabaseAsync()};SSL Mode=VerifyFull;Root Certificate={trusted}", "--bus", rabbit.TlsUri("localhost").ToString()];
        var environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = trusted };
        ServerUnderTest[] servers =
        [
            await harness.AddAsync("engine", environment, [.. shared, "--name", "engine", "--roles", "api,engine"]),
            await harness.AddAsync("worker", environment, [.. shared, "--name", "worker", "--roles", "worker"]),
        ];
        foreach (var server in servers) await server.StartAsync();
        await using var load = new Load([servers[0]], harness.Receiver);

        load.Start(runs, WaitLimit);
        await load.WhenDoneAsync(WaitLimit);

        await load.VerifyAsync();
        var plain = await postgres.ExecuteAsync("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE NOT ssl AND client_addr IS NOT NULL AND pid <> pg_backend_pid()");
        Assert.Equal("0", plain);
        var connections = (await rabbit.ControlAsync("list_connections", "ssl")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains("true", connections);
        Assert.DoesNotContain("false", connections);
    }

    [Fact]
    public async Task A_server_whose_authority_nobody_trusts_is_refused()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        using var authority = new Authority();
        using var other = new Authority("Somebody else");
        await using var postgres = await PostgresServer.StartAsync(authority);
        await using var rabbit = await RabbitServer.StartAsync(authority);
        await using var harness = await FaultHarness.StartAsync();
        var wrong = await TrustAsync(harness, other);
        var environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = wrong };
        var store = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        var cloud = (await harness.CloudAsync()).ToString();

        await RefusesAsync(["cannot be trusted over TLS", "Root Certificate=FILE"], "--store", $"{await postgres.CreateDatabaseAsync()};SSL Mode=VerifyFull;Root Certificate={wrong}");
        await RefusesAsync(["cannot be trusted over TLS", "SSL_CERT_FILE"], "--store", store, "--cloud", cloud, "--bus", rabbit.TlsUri().ToString());
        // Where TLS is meant and none is spoken.
        await RefusesAsync(["cannot be trusted over TLS", "say amqp://"], "--store", store, "--cloud", cloud, "--bus", rabbit.Uri().ToString().Replace("amqp://", "amqps://", StringComparison.Ordinal));

        Task RefusesAsync(string[] words, params string[] arguments) => Refusal.ExpectAsync(harness.Folder, environment, 4, words, arguments);
    }

    private static async Task<string> TrustAsync(FaultHarness harness, Authority authority)
    {
        var file = Path.Combine(harness.Folder, "trusted.pem");
        await File.WriteAllTextAsync(file, authority.Pem);
        return file;
    }
}
