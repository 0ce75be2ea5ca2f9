using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.InProcess;

/// <summary>Within one process: a queue is a channel. What is under way ends with the process.</summary>
internal sealed partial class InMemoryTransport(ILoggerFactory loggers) : ITransport
{
    private readonly ILogger logger = loggers.CreateLogger<InMemoryTransport>();
    private readonly ConcurrentDictionary<string, ReadQueue> queues = new(StringComparer.Ordinal);

    public bool IsDurable => false;

    public string? Trouble => null;

    public Task StartAsync(IReadOnlyList<Inlet> inlets, CancellationToken cancellationToken)
    {
        foreach (var inlet in inlets) Read(inlet);
        return Task.CompletedTask;
    }

    public Task<IAsyncDisposable> ReceiveAsync(Inlet inlet, CancellationToken cancellationToken) => Task.FromResult<IAsyncDisposable>(Read(inlet));

    public Task SendAsync(string queue, QueueKind kind, Parcel parcel, CancellationToken cancellationToken) =>
        queues.TryGetValue(queue, out var read) && read.TryAdd(parcel)
            ? Task.CompletedTask
            : throw new InvalidOperationException($"Nobody in this process reads the queue '{queue}'.");

    // The process ends whole: what it has not handled the sweep of the next one finds.
    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var read in queues.Values) await read.DisposeAsync();
    }

    private ReadQueue Read(Inlet inlet) => queues[inlet.Queue] = new ReadQueue(inlet, error => LogFailed(error, inlet.Queue));

    /// <summary>A queue and its readers, as many as the inlet handles parcels at once.</summary>
    private sealed class ReadQueue : IAsyncDisposable
    {
        private readonly Channel<Parcel> parcels = Channel.CreateUnbounded<Parcel>();
        private readonly Inlet inlet;
        private readonly Action<Exception> failed;
        private readonly Task readers;
        private volatile bool closed;

        public ReadQueue(Inlet inlet, Action<Exception> failed)
        {
            this.inlet = inlet;
            this.failed = failed;
            readers = Task.WhenAll(Enumerable.Range(0, inlet.Parcels).Select(_ => ReadAsync()));
        }

        public bool TryAdd(Parcel parcel) => parcels.Writer.TryWrite(parcel);

        /// <summary>Ends when what was taken from the queue is handled; what is left in it is lost.</summary>
        public async ValueTask DisposeAsync()
        {
            closed = true;
            parcels.Writer.TryComplete();
            await readers;
        }

        private async Task ReadAsync()
        {
            try
            {
                // One parcel wakes one reader; to wait until there is something to read would wake all of them.
                while (await parcels.Reader.ReadAsync() is var parcel && !closed) await HandleAsync(parcel);
            }
            catch (ChannelClosedException)
            {
                // Nobody sends here any more.
            }
        }

        private async Task HandleAsync(Parcel parcel)
        {
            try
            {
                await inlet.Handle(parcel, CancellationToken.None);
            }
            catch (Exception error)
            {
                failed(error);
            }
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "A parcel from {Queue} was not handled; the sweep will send again what matters")]
    private partial void LogFailed(Exception error, string queue);
}
