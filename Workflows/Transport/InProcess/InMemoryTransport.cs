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

    public string? Unavailable => null;

    public Task StartAsync(IReadOnlyList<Subscription> subscriptions, CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions) Read(subscription);
        return Task.CompletedTask;
    }

    public Task<IAsyncDisposable> ReceiveAsync(Subscription subscription, CancellationToken cancellationToken) => Task.FromResult<IAsyncDisposable>(Read(subscription));

    public Task SendAsync(string queue, QueueKind kind, Envelope envelope, CancellationToken cancellationToken) =>
        queues.TryGetValue(queue, out var read) && read.TryAdd(envelope)
            ? Task.CompletedTask
            : throw new InvalidOperationException($"Nobody in this process reads the queue '{queue}'.");

    // The process ends whole: what it has not handled the recovery scan of the next one finds.
    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var read in queues.Values) await read.DisposeAsync();
    }

    private ReadQueue Read(Subscription subscription) => queues[subscription.Queue] = new ReadQueue(subscription, error => LogFailed(error, subscription.Queue));

    /// <summary>A queue and its readers, as many as the subscription handles envelopes at once.</summary>
    private sealed class ReadQueue : IAsyncDisposable
    {
        private readonly Channel<Envelope> envelopes = Channel.CreateUnbounded<Envelope>();
        private readonly Subscription subscription;
        private readonly Action<Exception> failed;
        private readonly Task readers;
        private volatile bool closed;

        public ReadQueue(Subscription subscription, Action<Exception> failed)
        {
            this.subscription = subscription;
            this.failed = failed;
            readers = Task.WhenAll(Enumerable.Range(0, subscription.Envelopes).Select(_ => ReadAsync()));
        }

        public bool TryAdd(Envelope envelope) => envelopes.Writer.TryWrite(envelope);

        /// <summary>Ends when what was taken from the queue is handled; what is left in it is lost.</summary>
        public async ValueTask DisposeAsync()
        {
            closed = true;
            envelopes.Writer.TryComplete();
            await readers;
        }

        private async Task ReadAsync()
        {
            try
            {
                // One envelope wakes one reader; to wait until there is something to read would wake all of them.
                while (await envelopes.Reader.ReadAsync() is var envelope && !closed) await HandleAsync(envelope);
            }
            catch (ChannelClosedException)
            {
                // Nobody sends here any more.
            }
        }

        private async Task HandleAsync(Envelope envelope)
        {
            try
            {
                await subscription.Handle(envelope, CancellationToken.None);
            }
            catch (Exception error)
            {
                failed(error);
            }
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "An envelope from {Queue} was not handled; the recovery scan will send again what matters")]
    private partial void LogFailed(Exception error, string queue);
}
