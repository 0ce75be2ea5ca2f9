using MassTransit;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Transport.Envelopes;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>One life of a connection: a MassTransit bus that is thrown away when its connection is lost.</summary>
internal sealed class RabbitSession : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly ConnectionWatch watch;
    private readonly IBusControl bus;
    private readonly ISendEndpoint way;
    private readonly RabbitLimits limits;
    private readonly CancellationTokenSource ended = new();

    private RabbitSession(IBusControl bus, ISendEndpoint way, ConnectionWatch watch, RabbitLimits limits)
    {
        (this.bus, this.way, this.watch, this.limits, Ended) = (bus, way, watch, limits, ended.Token);
        _ = watch.Lost.ContinueWith(_ => ended.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Completes with the reason when the connection is gone.</summary>
    public Task<string> Lost => watch.Lost;

    /// <summary>Cancelled then.</summary>
    public CancellationToken Ended { get; }

    public string? Blocked => watch.Blocked;

    /// <param name="host">The one that has just answered: the session lives as long as its connection, so the next one may be with another.</param>
    public static async Task<RabbitSession> StartAsync(
        BrokerAddress address, (string Name, int Port) host, string name, RabbitLimits limits, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        LogContext.ConfigureCurrentLogContext(loggers);
        var watch = new ConnectionWatch(TimeProvider.System, limits.CheckInterval);
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.Host(host.Name, (ushort)host.Port, address.VirtualHost, name, client =>
            {
                client.Username(address.User);
                client.Password(address.Password);
                client.Heartbeat(limits.Heartbeat);
                client.RequestedConnectionTimeout(limits.ConnectTimeout);
                client.ContinuationTimeout(limits.ConnectTimeout);
                client.PublisherConfirmation = true;
                // A reader that was cancelled may ask for a connection again while the bus stops, and would keep it for good.
                client.OnRefreshConnectionFactory = _ => watch.Lost.IsCompleted ? throw new OperationCanceledException("The session is over.") : Task.CompletedTask;
                if (address.Tls) client.UseSsl(tls => tls.ServerName = host.Name);
            });
            var serializer = new EnvelopeSerializer();
            configure.ClearSerialization();
            configure.AddSerializer(serializer);
            configure.AddDeserializer(serializer, isDefault: true);
        });
        await bus.StartAsync(cancellationToken);
        return new RabbitSession(bus, await bus.GetSendEndpoint(DeliveryProperties.DefaultExchange), watch, limits);
    }

    /// <summary>Reads a queue; returns when the broker sends its envelopes here.</summary>
    public Task<RabbitReader> ReceiveAsync(
        string queue, QueueKind kind, int envelopes, Func<Envelope, RabbitSession, Task> handle, CancellationToken cancellationToken) => RabbitReader.StartAsync(bus, watch, queue, endpoint =>
    {
        // Of the exchange that MassTransit makes beside each queue, which nothing here uses: it goes with a queue that expires.
        endpoint.AutoDelete = kind != QueueKind.Shared;
        foreach (var (key, value) in RabbitQueues.Arguments(kind, limits)) endpoint.SetQueueArgument(key, value!);
        // What is fetched ahead is kept from other workers, so only what is one's own is.
        endpoint.PrefetchCount = kind == QueueKind.Shared ? envelopes : 2 * envelopes;
        endpoint.ConcurrentMessageLimit = envelopes;
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        // An exception that leaves the handler gives the envelope back to the queue.
        endpoint.RethrowFaultedMessages();
        endpoint.Handler<Envelope>(context => handle(context.Message, this));
    }, limits.ConnectTimeout, cancellationToken);

    /// <summary>Returns when the broker has the envelope on disk, or throws what MassTransit does.</summary>
    public Task SendAsync(Envelope envelope, DeliveryProperties mark, CancellationToken cancellationToken) => way.Send(envelope, mark, cancellationToken);

    /// <summary>Takes its leave within a few seconds; handlers that still run go on, and what they had is sent to others.</summary>
    public async ValueTask DisposeAsync()
    {
        watch.Lose("closed");
        using var limit = new CancellationTokenSource(StopTimeout);
        try
        {
            await bus.StopAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception)
        {
            // The connection is gone, or will be with the process.
        }
    }
}
