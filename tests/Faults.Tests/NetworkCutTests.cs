using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests;

/// <summary>A server in a network of its own, and a way to it that swallows packets.</summary>
public sealed class NetworkCutTests
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_effect_happens_once_when_the_network_swallows_what_a_server_says_and_hears()
    {
        const int runs = 100;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var island = await NetworkIsland.TryMakeAsync();
        Assert.SkipWhen(island is null, "network namespaces can be made by root alone, with iproute2 (Debian: apt-get install iproute2), and not everywhere");
        await using var postgres = await PostgresServer.StartAsync(island!);
        await using var rabbit = await RabbitServer.StartAsync(island!);
        var (shore, database) = (island!.Shore.ToString(), await postgres.CreateDatabaseNamedAsync());
        await using var harness = await FaultHarness.StartAsync();
        await using var cloud = TcpProxy.Start((await harness.CloudAsync()).Port, island.Shore);
        await using var receiver = TcpProxy.Start(harness.Receiver.Address.Port, island.Shore);
        var near = await harness.AddAsync("near", "--store", postgres.ConnectionString(database), "--bus", rabbit.Uri().ToString(), "--name", "near");
        await using var far = new ServerUnderTest(
            "far", harness.Folder, "--cloud", $"http://{shore}:{cloud.Port}/", "--ask", "--store", postgres.ConnectionString(database, host: shore),
            "--bus", rabbit.Uri(host: shore).ToString(), "--name", "far")
        {
            Within = island.Within,
        };
        await near.StartAsync();
        await far.StartAsync();
        await using var load = new Load([near], harness.Receiver, new UriBuilder(harness.Receiver.Address) { Host = shore, Port = receiver.Port }.Uri);

        await load.WhenSharedAsync(2, WaitLimit);
        load.Start(runs, WaitLimit);
        await load.WhenAppliedAsync(0.2, runs, WaitLimit);
        await island.CutAsync();
        await load.WhenAloneAsync(near, WaitLimit);
        // All is done by the server that is left, before the other one is back.
        await load.WhenDoneAsync(WaitLimit);
        await far.WhenLoggedAsync("Heartbeat missed", WaitLimit);
        await island.HealAsync();
        await far.WhenLoggedAsync("has been evicted", WaitLimit);
        await load.WhenSharedAsync(2, WaitLimit);
        load.Start(runs / 2, WaitLimit);
        await load.WhenDoneAsync(WaitLimit);

        await load.VerifyAsync();
    }
}
