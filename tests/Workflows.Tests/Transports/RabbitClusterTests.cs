using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Bus.Rabbit;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class RabbitClusterTests(SharedServers servers)
{
    /// <summary>The reader's own connection is with another node, and lives on.</summary>
    [Fact]
    public async Task A_passing_queue_is_made_anew_when_the_node_of_the_broker_that_has_it_goes_down()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        await using var cluster = await RabbitCluster.StartAsync();
        await using (var home = await BrokerConnection.OpenAsync(RabbitRoom.Parse(cluster.Nodes[0].Uri()), "home", RabbitRoom.Quick, CancellationToken.None))
        {
            await home.DeclareAsync("node-a", QueueKind.Passing, RabbitRoom.Quick, CancellationToken.None);
        }

        var collector = new Collector();
        await using var transport = new RabbitTransport(RabbitRoom.Parse(cluster.Nodes[1].Uri()), "a", NullLoggerFactory.Instance, TimeProvider.System, RabbitRoom.Quick);
        await transport.StartAsync([new Inlet("node-a", QueueKind.Passing, collector.Take)], CancellationToken.None);

        await transport.SendAsync("node-a", QueueKind.Passing, Collector.Parcel(1), CancellationToken.None);
        await collector.WhenAsync(1);
        await cluster.Nodes[0].KillAsync();
        await SendUntilTakenAsync();
        await collector.WhenAsync(1);

        Assert.Equal([1, 2], collector.Numbers.Distinct());

        // What is passing may be lost with its node; until the queue is there again nobody has read it.
        async Task SendUntilTakenAsync()
        {
            while (true)
            {
                try
                {
                    await transport.SendAsync("node-a", QueueKind.Passing, Collector.Parcel(2), CancellationToken.None);
                    return;
                }
                catch (BusUnavailableException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
                }
            }
        }
    }

    /// <summary>Nodes of an older version declare it as durable, and a node comes back sooner than its old queue expires.</summary>
    [Fact]
    public async Task A_passing_queue_of_an_older_version_is_made_anew()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        await using var room = await RabbitRoom.OpenAsync(servers);
        await using var broker = await BrokerConnection.OpenAsync(room.Address, "test", RabbitRoom.Quick, CancellationToken.None);
        await using (var channel = await broker.OpenChannelAsync(CancellationToken.None))
        {
            await channel.QueueDeclareAsync(
                "node-old", durable: true, exclusive: false, autoDelete: false, RabbitQueues.Arguments(QueueKind.Passing, RabbitRoom.Quick));
        }

        var collector = new Collector();
        var transport = room.Transport("old");
        await transport.StartAsync([new Inlet("node-old", QueueKind.Passing, collector.Take)], CancellationToken.None);
        await transport.SendAsync("node-old", QueueKind.Passing, Collector.Parcel(1), CancellationToken.None);

        await collector.WhenAsync(1);
    }
}
