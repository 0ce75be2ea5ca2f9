using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests;

/// <summary>A node in a network of its own, and a way to it that swallows packets.</summary>
public sealed class NetworkCutTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_effect_happens_once_when_the_network_swallows_what_a_node_says_and_hears()
    {
        const int runs = 100;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var island = await NetworkIsland.TryMakeAsync();
        Assert.SkipWhen(island is null, "network namespaces can be made by root alone, with iproute2 (Debian: apt-get install iproute2), and not everywhere");
        await using var postgres = await PostgresServer.StartAsync(island!);
        await using var rabbit = await RabbitServer.StartAsync(island!);
        var (shore, database) = (island!.Shore.ToString(), await postgres.CreateDatabaseNamedAsync());
        await using var night = await Night.StartAsync();
        await using var cloud = TcpProxy.Start((await night.CloudAsync()).Port, island.Shore);
        await using var receiver = TcpProxy.Start(night.Receiver.Address.Port, island.Shore);
        var near = await night.AddAsync("near", "--store", postgres.ConnectionString(database), "--bus", rabbit.Uri().ToString(), "--node", "near");
        await using var far = new Node(
            "far", night.Folder, "--cloud", $"http://{shore}:{cloud.Port}/", "--ask", "--store", postgres.ConnectionString(database, host: shore),
            "--bus", rabbit.Uri(host: shore).ToString(), "--node", "far")
        {
            Within = island.Within,
        };
        await near.StartAsync();
        await far.StartAsync();
        await using var load = new Load([near], night.Receiver, new UriBuilder(night.Receiver.Address) { Host = shore, Port = receiver.Port }.Uri);

        await load.WhenSharedAsync(2, Patience);
        load.Start(runs, Patience);
        await load.WhenAppliedAsync(0.2, runs, Patience);
        await island.CutAsync();
        await load.WhenAloneAsync(near, Patience);
        // All is done by the node that is left, before the other one is back.
        await load.WhenDoneAsync(Patience);
        await far.WhenLoggedAsync("The store does not hear this node", Patience);
        await island.HealAsync();
        await far.WhenLoggedAsync("has been declared dead", Patience);
        await load.WhenSharedAsync(2, Patience);
        load.Start(runs / 2, Patience);
        await load.WhenDoneAsync(Patience);

        await load.VerifyAsync();
    }
}
