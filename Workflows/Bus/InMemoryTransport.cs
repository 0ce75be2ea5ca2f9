using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Workflows.Bus;

/// <summary>Within one process, over MassTransit's in-memory transport. What is under way ends with the process.</summary>
internal sealed partial class InMemoryTransport(ILoggerFactory loggers) : ITransport
{
    private readonly ILogger logger = loggers.CreateLogger<InMemoryTransport>();
    private readonly Dictionary<string, ISendEndpoint> endpoints = new(StringComparer.Ordinal);
    private IBusControl? bus;

    public bool IsDurable => false;

    public string? Trouble => null;

    public async Task StartAsync(IReadOnlyList<Inlet> inlets, CancellationToken cancellationToken)
    {
        LogContext.ConfigureCurrentLogContext(loggers);
        bus = MassTransit.Bus.Factory.CreateUsingInMemory(configure =>
        {
            var serializer = new ParcelSerializer();
            configure.ClearSerialization();
            configure.AddSerializer(serializer);
            configure.AddDeserializer(serializer, isDefault: true);
            foreach (var inlet in inlets) configure.ReceiveEndpoint(inlet.Queue, endpoint => Configure(endpoint, inlet));
        });
        await bus.StartAsync(cancellationToken);
        foreach (var inlet in inlets) endpoints[inlet.Queue] = await bus.GetSendEndpoint(new Uri($"exchange:{inlet.Queue}"));
    }

    public async Task<IAsyncDisposable> ReceiveAsync(Inlet inlet, CancellationToken cancellationToken)
    {
        var handle = bus!.ConnectReceiveEndpoint(inlet.Queue, endpoint => Configure(endpoint, inlet));
        await handle.Ready;
        return new Connected(handle);
    }

    public Task SendAsync(string queue, QueueKind kind, Parcel parcel, CancellationToken cancellationToken) =>
        endpoints.TryGetValue(queue, out var endpoint)
            ? endpoint.Send(parcel, cancellationToken)
            : throw new InvalidOperationException($"Nobody in this process reads the queue '{queue}'.");

    // The process ends whole: what it has not handled the sweep of the next one finds.
    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (bus is not null) await bus.StopAsync(CancellationToken.None);
    }

    private void Configure(IReceiveEndpointConfigurator endpoint, Inlet inlet)
    {
        endpoint.ConcurrentMessageLimit = inlet.Parcels;
        endpoint.Handler<Parcel>(async context =>
        {
            try
            {
                await inlet.Handle(context.Message, CancellationToken.None);
            }
            catch (Exception error)
            {
                LogFailed(error, inlet.Queue);
            }
        });
    }

    private sealed class Connected(HostReceiveEndpointHandle handle) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await handle.StopAsync(CancellationToken.None);
    }

    [LoggerMessage(LogLevel.Error, "A parcel from {Queue} was not handled; the sweep will send again what matters")]
    private partial void LogFailed(Exception error, string queue);
}
