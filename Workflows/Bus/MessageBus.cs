using MassTransit;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Bus;

/// <summary>Names of the queues.</summary>
internal static class Queues
{
    public const string Results = "orchestrator-results";
    public const string Facts = "orchestrator-facts";
    public const string Heartbeats = "orchestrator-heartbeats";
    public const string Progress = "orchestrator-progress";

    public static string Tasks(Lane lane) => lane == Lane.Emergency ? "orchestrator-tasks-emergency" : "orchestrator-tasks-normal";

    /// <summary>What one worker alone is told.</summary>
    public static string Notes(string worker) => $"orchestrator-worker-{worker}";
}

/// <summary>
/// Carries messages between engines and workers, over MassTransit's in-memory transport. It is speed, not truth:
/// nothing is lost for good when a message is. Declare what is received, then start it, then open outlets.
/// </summary>
internal sealed partial class MessageBus(ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger logger = loggers.CreateLogger<MessageBus>();
    private readonly List<(string Queue, Func<Parcel, Task> Handle)> inlets = [];
    private readonly List<IAsyncDisposable> outlets = [];
    private IBusControl? bus;

    /// <summary>Hands every parcel of a queue, unpacked, to a handler; parcels may overlap.</summary>
    public void Receive<T>(string queue, Func<List<T>, Task> handle) where T : IBusMessage<T>
    {
        inlets.Add((queue, async parcel =>
        {
            try
            {
                await handle(ParcelReader.Unpack<T>(parcel));
            }
            catch (Exception error)
            {
                LogFailed(error, queue);
            }
        }));
    }

    /// <summary>Returns when every queue can be sent to.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        LogContext.ConfigureCurrentLogContext(loggers);
        bus = MassTransit.Bus.Factory.CreateUsingInMemory(configure =>
        {
            var serializer = new ParcelSerializer();
            configure.ClearSerialization();
            configure.AddSerializer(serializer);
            configure.AddDeserializer(serializer, isDefault: true);
            foreach (var (queue, handle) in inlets)
            {
                configure.ReceiveEndpoint(queue, endpoint =>
                {
                    // Parcels are large and their handlers only hand on; a few in flight keep two cores busy.
                    endpoint.ConcurrentMessageLimit = 4;
                    endpoint.Handler<Parcel>(context => handle(context.Message));
                });
            }
        });
        await bus.StartAsync(cancellationToken);
    }

    public async Task<Outlet<T>> OpenAsync<T>(string queue) where T : IBusMessage<T>
    {
        // "exchange:", since "queue:" would declare a RabbitMQ quorum queue again as a classic one, for ever refused.
        var endpoint = await bus!.GetSendEndpoint(new Uri($"exchange:{queue}"));
        var outlet = new Outlet<T>(endpoint, queue, logger);
        outlets.Add(outlet);
        return outlet;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var outlet in outlets) await outlet.DisposeAsync();
        if (bus is not null) await bus.StopAsync(CancellationToken.None);
    }

    [LoggerMessage(LogLevel.Error, "A parcel from {Queue} was not handled; the sweep will send again what matters")]
    private partial void LogFailed(Exception error, string queue);
}
