using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class BrokerUnavailableTests(SharedServers servers)
{
    [Fact]
    public async Task Says_when_nobody_answers_at_the_address()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var refused = await RefusedAsync(new Uri($"amqp://guest:guest@127.0.0.1:{((IPEndPoint)unused.LocalEndPoint!).Port}/"));

        Assert.Contains("no message broker answers at 127.0.0.1:", refused);
        Assert.Contains("connection refused", refused);
        Assert.Contains("Workflows:Bus", refused);
    }

    [Fact]
    public async Task Says_when_the_host_is_not_known() =>
        Assert.Contains("the host of the message broker at nowhere.invalid:5672 is not known", await RefusedAsync(new Uri("amqp://guest:guest@nowhere.invalid/")));

    [Fact]
    public async Task Says_when_something_else_answers()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var answering = AnswerAsync();

        var refused = await RefusedAsync(new Uri($"amqp://guest:guest@127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}/"));

        await answering;
        Assert.Contains("does not speak AMQP 0-9-1", refused);

        async Task AnswerAsync()
        {
            using var client = await other.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray());
        }
    }

    [Fact]
    public async Task Says_when_the_password_is_wrong()
    {
        var server = await ServerAsync();

        var refused = await RefusedAsync(new UriBuilder(server.Uri()) { Password = "wrong" }.Uri);

        Assert.Contains("refused the user 'orchestrator' (ACCESS_REFUSED); fix user or password in Workflows:Bus", refused);
        Assert.DoesNotContain("wrong", refused);
    }

    [Fact]
    public async Task Says_when_there_is_no_such_virtual_host()
    {
        var server = await ServerAsync();

        Assert.Contains("there is no virtual host 'elsewhere' on the message broker", await RefusedAsync(server.Uri("elsewhere")));
    }

    [Fact]
    public async Task Says_what_the_user_must_be_allowed_and_that_is_enough()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var server = await ServerAsync();
        await server.ControlAsync("add_user", "limited", "secret");
        await server.ControlAsync("set_permissions", "-p", harness.Address.VirtualHost, "limited", BrokerUnavailable.Own, BrokerUnavailable.Own, BrokerUnavailable.Own);
        var address = RabbitHarness.Parse(new UriBuilder(server.Uri(harness.Address.VirtualHost)) { UserName = "limited", Password = "secret" }.Uri);
        var subscription = new Subscription(Queues.Engine("a"), QueueKind.Server, (_, _) => throw new InvalidDataException("garbled"));
        await using (var refusing = new RabbitTransport(address, "a", NullLoggerFactory.Instance, TimeProvider.System, RabbitHarness.Quick))
        {
            var refused = await Assert.ThrowsAsync<BusUnavailableException>(() => refusing.StartAsync([subscription], CancellationToken.None));

            Assert.Contains($"set_permissions -p {harness.Address.VirtualHost} limited '{BrokerUnavailable.Own}' '{BrokerUnavailable.Written}' '{BrokerUnavailable.Own}'", refused.Message);
        }

        await server.ControlAsync("set_permissions", "-p", harness.Address.VirtualHost, "limited", BrokerUnavailable.Own, BrokerUnavailable.Written, BrokerUnavailable.Own);
        await using var transport = new RabbitTransport(address, "a", NullLoggerFactory.Instance, TimeProvider.System, RabbitHarness.Quick);
        await transport.StartAsync([subscription], CancellationToken.None);

        // Sent, read, and made a dead letter.
        await transport.SendAsync(subscription.Queue, subscription.Kind, Collector.Envelope(1), CancellationToken.None);

        await harness.WhenDepthAsync("orchestrator-dead-letters", 1);
    }

    [Fact]
    public async Task Says_when_a_queue_was_made_with_other_settings()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("a", RabbitHarness.Quick with { ServerQueueLife = TimeSpan.FromMinutes(5) });
        await transport.StartAsync([new Subscription("engine-a", QueueKind.Server, new Collector().Take)], CancellationToken.None);

        var refused = await Assert.ThrowsAsync<BusUnavailableException>(
            () => harness.Transport("b").StartAsync([new Subscription("engine-a", QueueKind.Server, new Collector().Take)], CancellationToken.None));

        Assert.Contains("the queue 'engine-a'", refused.Message);
        Assert.Contains("was made with other settings", refused.Message);
    }

    private static async Task<string> RefusedAsync(Uri uri)
    {
        var address = RabbitHarness.Parse(uri);
        var limits = RabbitHarness.Quick with { ConnectTimeout = TimeSpan.FromSeconds(20) };
        return (await Assert.ThrowsAsync<BusUnavailableException>(() => BrokerConnection.OpenAsync(address, "test", limits, CancellationToken.None))).Message;
    }

    private async Task<RabbitServer> ServerAsync()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        return await servers.RabbitAsync();
    }
}
