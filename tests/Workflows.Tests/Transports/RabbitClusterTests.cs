using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class RabbitClusterTests(SharedServers servers)
{
    /// <summary>The reader's own connection is with another server.</summary>
    [Fact]
    public async Task A_passing_queue_lives_on_when_the_server_of_the_broker_where_it_was_made_goes_down()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        await using var cluster = await RabbitCluster.StartAsync();
        await using (var home = await BrokerConnection.OpenAsync(RabbitHarness.Parse(cluster.Nodes[0].Uri()), "home", RabbitHarness.Quick, CancellationToken.None))
        {
            await home.DeclareAsync("server-a", QueueKind.Passing, RabbitHarness.Quick, CancellationToken.None);
        }

        var collector = new Collector();
        await using var transport = new RabbitTransport(RabbitHarness.Parse(cluster.Nodes[1].Uri()), "a", NullLoggerFactory.Instance, TimeProvider.System, RabbitHarness.Quick);
        await transport.StartAsync([new Subscription("server-a", QueueKind.Passing, collector.Take)], CancellationToken.None);

        await transport.SendAsync("server-a", QueueKind.Passing, Collector.Envelope(1), CancellationToken.None);
        await collector.WhenAsync(1);
        await cluster.Nodes[0].KillAsync();
        await transport.SendAsync("server-a", QueueKind.Passing, Collector.Envelope(2), CancellationToken.None);

        await collector.WhenAsync(1);
        Assert.Equal([1, 2], collector.Numbers.Distinct());
    }

    /// <summary>A server comes back as the new version sooner than its old queue expires.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_passing_queue_of_an_older_version_is_made_anew(bool durable)
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        await using var broker = await BrokerConnection.OpenAsync(harness.Address, "test", RabbitHarness.Quick, CancellationToken.None);
        await using (var channel = await broker.OpenChannelAsync(CancellationToken.None))
        {
            await channel.QueueDeclareAsync(
                "server-old", durable, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "classic", ["x-expires"] = 60_000 });
        }

        var collector = new Collector();
        var transport = harness.Transport("old");
        await transport.StartAsync([new Subscription("server-old", QueueKind.Passing, collector.Take)], CancellationToken.None);
        await transport.SendAsync("server-old", QueueKind.Passing, Collector.Envelope(1), CancellationToken.None);

        await collector.WhenAsync(1);
    }

    /// <summary>RabbitMQ 4.3 refuses by itself what those before it only call out of date: queues that are neither durable nor exclusive, and limits of a whole channel.</summary>
    [Fact]
    public async Task Uses_nothing_that_newer_brokers_refuse()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var collector = new Collector();
        var transport = harness.Transport("a");
        await transport.StartAsync([.. Enum.GetValues<QueueKind>().Select(kind => new Subscription($"queue-{kind}", kind, collector.Take))], CancellationToken.None);
        foreach (var kind in Enum.GetValues<QueueKind>()) await transport.SendAsync($"queue-{kind}", kind, Collector.Envelope((int)kind), CancellationToken.None);
        await collector.WhenAsync(3);

        var server = await servers.RabbitAsync();
        var queues = await server.ControlAsync("list_queues", "-p", harness.Address.VirtualHost, "--no-table-headers", "name", "durable", "type");
        var channels = await server.ControlAsync("list_channels", "--no-table-headers", "vhost", "global_prefetch_count", "prefetch_count");

        Assert.Equal(
            ["orchestrator-dead-letters", "queue-Passing", "queue-Server", "queue-Shared"],
            Rows(queues).Select(row => row[0]).Order(StringComparer.Ordinal));
        Assert.All(Rows(queues), row => Assert.Equal(["true", "quorum"], row[1..]));
        var mine = Rows(channels).Where(row => row[0] == harness.Address.VirtualHost).ToList();
        Assert.NotEmpty(mine);
        Assert.All(mine, row => Assert.Equal("0", row[1]));
    }

    private static IEnumerable<string[]> Rows(string table) => table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', StringSplitOptions.TrimEntries));
}
