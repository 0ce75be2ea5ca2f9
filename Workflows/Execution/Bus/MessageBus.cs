using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Bus;

/// <summary>
/// Carries messages between engines and workers, many in a parcel. It is speed, not truth: nothing is lost for good when
/// a message is. Declare what is received, then start it.
/// </summary>
internal sealed class MessageBus(ITransport transport, ClusterMap map, Executor executor, TimeProvider wall, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger logger = loggers.CreateLogger<MessageBus>();
    private readonly Dictionary<string, Mailroom> mailrooms = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Queue, Type Message), IAsyncDisposable> outlets = new();

    /// <summary>Null: messages go through; else what is wrong, for an operator.</summary>
    public string? Trouble => transport.Trouble;

    /// <summary>Hands every parcel of messages of this type in a queue to a handler; parcels may overlap. Before the start.</summary>
    public void Receive<T>(string queue, QueueKind kind, Func<List<T>, Task> handle, int parcels = 4) where T : IBusMessage<T>
    {
        if (!mailrooms.TryGetValue(queue, out var room)) mailrooms[queue] = room = new Mailroom(queue, kind, parcels, map.Self.Format);
        room.Add(handle);
    }

    /// <summary>Returns when every queue can be sent to.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        transport.StartAsync([.. mailrooms.Values.Select(room => room.ToInlet(room.Queue))], cancellationToken);

    /// <summary>Handles what is left in a queue as if it had been sent to one of ours, until what is returned is disposed.</summary>
    /// <param name="like">The queue of ours.</param>
    public Task<IAsyncDisposable> ReceiveAlsoAsync(string queue, string like, CancellationToken cancellationToken) =>
        transport.ReceiveAsync(mailrooms[like].ToInlet(queue), cancellationToken);

    /// <summary>The way to a queue; always the same one.</summary>
    public Outlet<T> Outlet<T>(string queue, QueueKind kind) where T : IBusMessage<T> => (Outlet<T>)outlets.GetOrAdd(
        (queue, typeof(T)), static (key, bus) => new Outlet<T>(bus.Transport, key.Queue, bus.Kind, bus.Map, bus.Executor, bus.Wall, bus.Logger),
        (Transport: transport, Kind: kind, Map: map, Executor: executor, Wall: wall, Logger: logger));

    /// <summary>Takes no more from the queues of this kind, and returns when what was taken is handled.</summary>
    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => transport.StopReceivingAsync(kind, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, outlet) in outlets.OrderBy(outlet => outlet.Key.Queue, StringComparer.Ordinal).ThenBy(outlet => outlet.Key.Message.Name, StringComparer.Ordinal)) await outlet.DisposeAsync();
        await transport.DisposeAsync();
    }

    /// <summary>The handlers of one queue, by the kind of message.</summary>
    /// <param name="newest">Of the <see cref="Formats"/> that are known here.</param>
    private sealed class Mailroom(string queue, QueueKind kind, int parcels, int newest)
    {
        private readonly Dictionary<MessageType, Func<Parcel, Task>> handlers = [];

        public string Queue => queue;

        public void Add<T>(Func<List<T>, Task> handle) where T : IBusMessage<T> =>
            handlers.Add(T.Type, parcel => handle(ParcelReader.Unpack<T>(parcel, newest)));

        public Inlet ToInlet(string from) => new(from, kind, (parcel, _) => HandleAsync(parcel), parcels);

        private Task HandleAsync(Parcel parcel)
        {
            var type = ParcelReader.TypeOf(parcel, newest);
            return handlers.TryGetValue(type, out var handle)
                ? handle(parcel)
                : throw new InvalidDataException($"A parcel of {type} came to the queue {queue}, where nobody handles one.");
        }
    }
}
