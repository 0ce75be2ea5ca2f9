using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Bus;

/// <summary>
/// Carries messages between engines and workers, many in an envelope. It is speed, not truth: nothing is lost for good when
/// a message is. Declare what is received, then start it.
/// </summary>
internal sealed class MessageBus(ITransport transport, MembershipTracker map, Executor executor, TimeProvider systemClock, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger logger = loggers.CreateLogger<MessageBus>();
    private readonly Dictionary<string, QueueRegistration> registrations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Queue, Type Message), IAsyncDisposable> producers = new();

    /// <summary>Null: messages go through; else what is wrong, for an operator.</summary>
    public string? Unavailable => transport.Unavailable;

    /// <summary>Hands every envelope of messages of this type in a queue to a handler; envelopes may overlap. Before the start.</summary>
    public void Receive<T>(string queue, QueueKind kind, Func<List<T>, Task> handle, int envelopes = 4) where T : IBusMessage<T>
    {
        if (!registrations.TryGetValue(queue, out var room)) registrations[queue] = room = new QueueRegistration(queue, kind, envelopes, map.Self.ProtocolVersion);
        room.Add(handle);
    }

    /// <summary>Returns when every queue can be sent to.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        transport.StartAsync([.. registrations.Values.Select(room => room.ToSubscription(room.Queue))], cancellationToken);

    /// <summary>Handles what is left in a queue as if it had been sent to one of ours, until what is returned is disposed.</summary>
    /// <param name="like">The queue of ours.</param>
    public Task<IAsyncDisposable> ReceiveAlsoAsync(string queue, string like, CancellationToken cancellationToken) =>
        transport.ReceiveAsync(registrations[like].ToSubscription(queue), cancellationToken);

    /// <summary>The way to a queue; always the same one.</summary>
    public Producer<T> Producer<T>(string queue, QueueKind kind) where T : IBusMessage<T> => (Producer<T>)producers.GetOrAdd(
        (queue, typeof(T)), static (key, bus) => new Producer<T>(bus.Transport, key.Queue, bus.Kind, bus.Map, bus.Executor, bus.SystemClock, bus.Logger),
        (Transport: transport, Kind: kind, Map: map, Executor: executor, SystemClock: systemClock, Logger: logger));

    /// <summary>Takes no more from the queues of this kind, and returns when what was taken is handled.</summary>
    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => transport.StopReceivingAsync(kind, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, producer) in producers.OrderBy(producer => producer.Key.Queue, StringComparer.Ordinal).ThenBy(producer => producer.Key.Message.Name, StringComparer.Ordinal)) await producer.DisposeAsync();
        await transport.DisposeAsync();
    }

    /// <summary>The handlers of one queue, by the kind of message.</summary>
    /// <param name="newest">Of the <see cref="ProtocolVersions"/> that are known here.</param>
    private sealed class QueueRegistration(string queue, QueueKind kind, int envelopes, int newest)
    {
        private readonly Dictionary<MessageType, Func<Envelope, Task>> handlers = [];

        public string Queue => queue;

        public void Add<T>(Func<List<T>, Task> handle) where T : IBusMessage<T> =>
            handlers.Add(T.Type, envelope => handle(EnvelopeReader.Unpack<T>(envelope, newest)));

        public Subscription ToSubscription(string from) => new(from, kind, (envelope, _) => HandleAsync(envelope), envelopes);

        private Task HandleAsync(Envelope envelope)
        {
            var type = EnvelopeReader.TypeOf(envelope, newest);
            return handlers.TryGetValue(type, out var handle)
                ? handle(envelope)
                : throw new InvalidDataException($"An envelope of {type} came to the queue {queue}, where nobody handles one.");
        }
    }
}
