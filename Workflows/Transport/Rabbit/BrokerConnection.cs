using System.Globalization;
using System.Text;
using Orchestrator.Workflows.Model.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>A connection of our own beside the bus, for what has to fail at once and with a reason: asking whether the broker will do, and declaring queues.</summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    // In whose quorum queues messages expire.
    private static readonly Version oldest = new(3, 10);

    private readonly IConnection connection;
    private readonly BrokerAddress address;

    private BrokerConnection(IConnection connection, BrokerAddress address) => (this.connection, this.address) = (connection, address);

    /// <param name="name">As the broker's operators see the connection.</param>
    /// <exception cref="BusUnavailableException">It cannot be reached, does not let us in, or is too old.</exception>
    public static async Task<BrokerConnection> OpenAsync(BrokerAddress address, string name, RabbitLimits limits, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            UserName = address.User,
            Password = address.Password,
            VirtualHost = address.VirtualHost,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = limits.ConnectTimeout,
            ContinuationTimeout = limits.ConnectTimeout,
            HandshakeContinuationTimeout = limits.ConnectTimeout,
            RequestedHeartbeat = limits.Heartbeat,
        };
        var endpoints = address.Hosts.Select(host => new AmqpTcpEndpoint(host.Name, host.Port, new SslOption(host.Name, enabled: address.Tls)));
        BrokerConnection? opened = null;
        try
        {
            opened = new BrokerConnection(await factory.CreateConnectionAsync(endpoints, name, cancellationToken), address);
            // Only the first channel tells whether the broker lets the user into the virtual host.
            await using var channel = await opened.OpenChannelAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (opened is not null) await opened.DisposeAsync();
            throw BrokerUnavailable.Connecting(address, error);
        }

        if (Version.TryParse(Numbers(opened.Release), out var version) && version < oldest)
        {
            await opened.DisposeAsync();
            throw new BusUnavailableException(
                $"the message broker at {address.Shown} is RabbitMQ {opened.Release}, in whose quorum queues nothing expires; use RabbitMQ {oldest} or newer");
        }

        return opened;
    }

    /// <summary>As the broker says it, like <c>3.10.8</c>; empty when it does not.</summary>
    public string Release => connection.ServerProperties is { } properties && properties.TryGetValue("version", out var release) && release is byte[] text
        ? Encoding.UTF8.GetString(text)
        : "";

    /// <summary>Which of the address's hosts it is with.</summary>
    public (string Name, int Port) Host => (connection.Endpoint.HostName, connection.Endpoint.Port);

    /// <summary>A channel that awaits the broker's confirmation of every message, and throws when it could not be routed.</summary>
    public Task<IChannel> OpenChannelAsync(CancellationToken cancellationToken) =>
        connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);

    /// <summary>Makes a queue of its kind where it is missing.</summary>
    /// <exception cref="BusUnavailableException">The broker refuses it.</exception>
    public async Task DeclareAsync(string queue, QueueKind kind, RabbitLimits limits, CancellationToken cancellationToken)
    {
        var arguments = RabbitQueues.Arguments(kind, limits);
        try
        {
            await DeclareAsync(queue, arguments, cancellationToken);
        }
        catch (BusUnavailableException error) when (kind == QueueKind.Passing && error.InnerException is OperationInterruptedException { ShutdownReason.ReplyCode: Constants.PreconditionFailed })
        {
            // An older version of this program made it. What is in it is passing.
            await using (var channel = await OpenChannelAsync(cancellationToken)) await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, noWait: false, cancellationToken);
            await DeclareAsync(queue, arguments, cancellationToken);
        }
    }

    /// <summary>Makes the queue of dead letters where it is missing.</summary>
    /// <exception cref="BusUnavailableException">The broker refuses it.</exception>
    public Task DeclareDeadLettersAsync(CancellationToken cancellationToken) =>
        DeclareAsync(RabbitQueues.DeadLetters, RabbitQueues.DeadLetterArguments(), cancellationToken);

    /// <summary>Envelopes that wait in a queue and who reads it; null when there is no such queue.</summary>
    public async Task<QueueDepth?> FindAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await OpenChannelAsync(cancellationToken);
        try
        {
            var declared = await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
            return new QueueDepth(declared.MessageCount, declared.ConsumerCount);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await connection.CloseAsync(Constants.ReplySuccess, "done", TimeSpan.FromSeconds(2), abort: true, CancellationToken.None);
        }
        finally
        {
            await connection.DisposeAsync();
        }
    }

    private async Task DeclareAsync(string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await OpenChannelAsync(cancellationToken);
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, passive: false, noWait: false, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw BrokerUnavailable.Declaring(address, queue, error);
        }
    }

    /// <summary><c>3.10.8</c> of <c>3.10.8-rc.1+build</c>.</summary>
    private static string Numbers(string release) =>
        string.Join('.', release.Split('.', '-', '+').TakeWhile(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Take(3));
}
