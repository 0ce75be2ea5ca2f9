using System.Text;
using Orchestrator.Servers;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Faults.Tests.Servers;

public sealed class RabbitServerTests(SharedServers servers)
{
    [Fact]
    public async Task A_virtual_host_sees_nothing_of_another()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        var server = await servers.RabbitAsync();
        await using var one = await ConnectAsync(server.Uri(await server.TakeVirtualHostAsync()));
        await using var other = await ConnectAsync(server.Uri(await server.TakeVirtualHostAsync()));
        await using var channel = await one.CreateChannelAsync();
        await using var elsewhere = await other.CreateChannelAsync();

        await channel.QueueDeclareAsync("tasks", durable: true, exclusive: false, autoDelete: false);

        await channel.QueueDeclarePassiveAsync("tasks");
        var failure = await Assert.ThrowsAsync<OperationInterruptedException>(() => elsewhere.QueueDeclarePassiveAsync("tasks"));
        Assert.Equal(Constants.NotFound, failure.ShutdownReason!.ReplyCode);
    }

    [Fact]
    public async Task Keeps_what_a_quorum_queue_confirmed_when_it_is_killed_and_starts_again_on_its_port()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        await using var server = await RabbitServer.StartAsync(virtualHosts: 1);
        await server.TakeVirtualHostAsync();
        var address = server.Uri(await server.TakeVirtualHostAsync());
        await using (var before = await ConnectAsync(address))
        {
            await using var channel = await before.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            await channel.QueueDeclareAsync("tasks", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
            await channel.BasicPublishAsync("", "tasks", mandatory: true, new BasicProperties { Persistent = true }, Encoding.UTF8.GetBytes("drain"));

            await server.SettleQueuesAsync();
            await server.KillAsync();
        }

        await server.StartAsync();

        await using var after = await ConnectAsync(address);
        await using var again = await after.CreateChannelAsync();
        var message = await again.BasicGetAsync("tasks", autoAck: true);
        Assert.Equal("drain", Encoding.UTF8.GetString(message!.Body.Span));
    }

    [Fact]
    public async Task Refuses_a_wrong_password()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        var server = await servers.RabbitAsync();
        var wrong = new UriBuilder(server.Uri()) { Password = "wrong" }.Uri;

        var failure = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(wrong));
        Assert.IsType<AuthenticationFailureException>(failure.InnerException);
    }

    private static Task<IConnection> ConnectAsync(Uri address) =>
        new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
}
