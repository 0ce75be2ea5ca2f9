using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Tests.Transports;

/// <summary>A virtual host of a real broker, and the transports of a test on it.</summary>
internal sealed class RabbitHarness(RabbitServer server, string virtualHost) : IAsyncDisposable
{
    /// <summary>Quick pauses, so that a test that is about failures need not wait for them.</summary>
    public static RabbitLimits Quick { get; } = new()
    {
        RetryPauses = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)],
        ReconnectPause = TimeSpan.FromMilliseconds(200),
        ReturnPause = TimeSpan.FromMilliseconds(50),
        SendTimeout = TimeSpan.FromMinutes(2),
        ConnectTimeout = TimeSpan.FromMinutes(1),
    };

    private readonly List<RabbitTransport> transports = [];

    public BrokerAddress Address { get; } = Parse(server.Uri(virtualHost));

    /// <summary>Skips the test where there is no broker to start.</summary>
    public static async Task<RabbitHarness> OpenAsync(SharedServers servers)
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        var server = await servers.RabbitAsync();
        return new RabbitHarness(server, await server.TakeVirtualHostAsync());
    }

    public static BrokerAddress Parse(Uri uri) => BrokerAddress.TryParse(uri.AbsoluteUri, out var address, out var diagnostic) ? address : throw new ArgumentException(diagnostic);

    /// <param name="port">Of a proxy before the broker.</param>
    public RabbitTransport Transport(string node, RabbitLimits? limits = null, int? port = null)
    {
        var transport = new RabbitTransport(port is null ? Address : Parse(server.Uri(virtualHost, port)), node, NullLoggerFactory.Instance, TimeProvider.System, limits ?? Quick);
        transports.Add(transport);
        return transport;
    }

    /// <summary>Envelopes that wait in a queue, without those that somebody has taken; null when there is no such queue.</summary>
    public async Task<uint?> DepthAsync(string queue)
    {
        await using var broker = await BrokerConnection.OpenAsync(Address, "test", Quick, CancellationToken.None);
        return (await broker.FindAsync(queue, CancellationToken.None))?.MessageCount;
    }

    /// <summary>Returns when a queue holds so many envelopes that nobody has taken; null: when it is gone.</summary>
    public async Task WhenDepthAsync(string queue, uint? depth)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (await DepthAsync(queue) != depth) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    /// <summary>Returns when the broker has no connection to this virtual host any more.</summary>
    public async Task WhenNobodyIsConnectedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while ((await server.ControlAsync("list_connections", "vhost")).Split('\n').Contains(virtualHost)) limit.Token.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var transport in transports) await transport.DisposeAsync();
    }
}
