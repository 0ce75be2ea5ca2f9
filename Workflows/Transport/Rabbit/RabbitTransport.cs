using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// Over RabbitMQ. An envelope that is sent is on the broker's disk; one that is received stays there until it is handled.
/// A lost connection is opened again by itself, and meanwhile what is to be sent waits a while.
/// </summary>
internal sealed partial class RabbitTransport : ITransport
{
    // Enough to keep the broker's disk busy; more only waits in memory.
    private const int MostUnconfirmed = 512;

    private static readonly TimeSpan resendPause = TimeSpan.FromMilliseconds(10);

    private readonly BrokerAddress address;
    private readonly string name;
    private readonly TimeProvider time;
    private readonly RabbitLimits limits;
    private readonly ILogger logger;
    private readonly QuietLoggers quiet;
    private readonly DeadLetterOffice dead;
    private readonly SemaphoreSlim window = new(MostUnconfirmed);
    private readonly ConcurrentDictionary<(string Queue, QueueKind Kind), DeliveryProperties> marks = new();
    private readonly CancellationTokenSource closing = new();

    // Intakes change, and sessions begin, one after the other.
    private readonly SemaphoreSlim changes = new(1);
    private readonly List<Consumer> consumers = [];
    private volatile TaskCompletionSource<RabbitSession> session = NoSession();
    private volatile string? unavailable = "the message broker has not been asked yet";
    private Task keeping = Task.CompletedTask;

    /// <param name="server">Of this process, for the broker's operators.</param>
    public RabbitTransport(BrokerAddress address, string server, ILoggerFactory loggers, TimeProvider time, RabbitLimits? limits = null)
    {
        (this.address, name, this.time, this.limits) = (address, $"orchestrator {server}", time, limits ?? new RabbitLimits());
        logger = loggers.CreateLogger<RabbitTransport>();
        quiet = new QuietLoggers(loggers);
        dead = new DeadLetterOffice(server, SendAsync, this.limits, time, logger);
    }

    public bool IsDurable => true;

    public string? Unavailable => unavailable ?? (Current?.Blocked is { } reason
        ? $"the message broker at {address.Shown} takes nothing for now ({reason}); runs wait, and nothing is lost"
        : null);

    // MassTransit keeps to itself whether the broker was silent or said no.
    private string Refusal =>
        $"the message broker at {address.Shown} did not take an envelope within {limits.SendTimeout.TotalSeconds:0.#} s: the queue may be full ({limits.MostEnvelopes} envelopes), or the broker may be slow; orchestrator bus show tells";

    private Consumer[] Consumers
    {
        get
        {
            lock (consumers) return [.. consumers];
        }
    }

    private RabbitSession? Current => session.Task is { IsCompletedSuccessfully: true } opened ? opened.Result : null;

    /// <exception cref="BusUnavailableException">The broker cannot be used now.</exception>
    public async Task StartAsync(IReadOnlyList<Subscription> subscriptions, CancellationToken cancellationToken)
    {
        lock (consumers) consumers.AddRange(subscriptions.Select(ToConsumer));
        var first = await OpenAsync(cancellationToken);
        unavailable = null;
        session.SetResult(first);
        keeping = KeepAsync(first);
    }

    public async Task<IAsyncDisposable> ReceiveAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        await changes.WaitAsync(cancellationToken);
        try
        {
            var consumer = ToConsumer(subscription);
            if (Current is { } open)
            {
                await using (var broker = await BrokerConnection.OpenAsync(address, name, limits, cancellationToken))
                {
                    await broker.DeclareAsync(subscription.Queue, subscription.Kind, limits, cancellationToken);
                }

                try
                {
                    await consumer.ReadAsync(open, cancellationToken);
                }
                catch (Exception) when (open.Ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    // The next session reads it.
                }
            }

            lock (consumers) consumers.Add(consumer);
            return new Reading(this, consumer);
        }
        finally
        {
            changes.Release();
        }
    }

    /// <exception cref="BusUnavailableException">The broker did not take it in time, or nobody has ever read the queue.</exception>
    public Task SendAsync(string queue, QueueKind kind, Envelope envelope, CancellationToken cancellationToken) => SendAsync(
        envelope, marks.GetOrAdd((queue, kind), static key => new DeliveryProperties(key.Queue, persistent: key.Kind != QueueKind.Passing)), cancellationToken);

    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => StopAsync(consumer => consumer.Subscription.Kind == kind, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested) return;

        // First no more envelopes, and then no more handling: the other way round they would come again at once.
        await Task.WhenAll(Consumers.Select(consumer => consumer.CancelAsync(CancellationToken.None))).WaitAsync(limits.ConnectTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await closing.CancelAsync();
        await keeping;
        if (Current is { } open) await open.DisposeAsync();
    }

    private static TaskCompletionSource<RabbitSession> NoSession() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Consumer ToConsumer(Subscription subscription) => new(subscription, dead, limits, time, logger, closing.Token);

    private async Task SendAsync(Envelope envelope, DeliveryProperties mark, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await window.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
                var left = limits.SendTimeout - time.GetElapsedTime(begun);
                limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                if (await TrySendAsync(envelope, mark, limit, cancellationToken)) return;
            }
        }
        finally
        {
            window.Release();
        }
    }

    /// <summary>False: the connection was lost over it, so it may have arrived or not.</summary>
    private async Task<bool> TrySendAsync(Envelope envelope, DeliveryProperties mark, CancellationTokenSource limit, CancellationToken cancellationToken)
    {
        RabbitSession? open = null;
        try
        {
            open = await session.Task.WaitAsync(limit.Token);
            await using var gone = open.Ended.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
            await open.SendAsync(envelope, mark, limit.Token);
            return true;
        }
        catch (MessageReturnedException)
        {
            throw new BusUnavailableException("nobody has read this queue yet, or its server is gone for good");
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && !closing.IsCancellationRequested)
        {
            // A send may hear of a lost connection before the session does.
            var over = limit.IsCancellationRequested && open?.Ended.IsCancellationRequested != true;
            if (over) throw new BusUnavailableException(Unavailable ?? Refusal, error);
            await Task.Delay(resendPause, time, CancellationToken.None);
            return false;
        }
    }

    private async Task StopAsync(Predicate<Consumer> which, CancellationToken cancellationToken)
    {
        List<Consumer> stopped;
        await changes.WaitAsync(cancellationToken);
        try
        {
            lock (consumers)
            {
                stopped = consumers.FindAll(which);
                consumers.RemoveAll(which);
            }
        }
        finally
        {
            changes.Release();
        }

        await Task.WhenAll(stopped.Select(consumer => consumer.StopAsync(cancellationToken)));
        foreach (var consumer in stopped) consumer.Dispose();
    }

    /// <summary>Begins a session that reads all queues.</summary>
    private async Task<RabbitSession> OpenAsync(CancellationToken cancellationToken)
    {
        await changes.WaitAsync(cancellationToken);
        try
        {
            var all = Consumers;
            (string, int) host;
            await using (var broker = await BrokerConnection.OpenAsync(address, name, limits, cancellationToken))
            {
                host = broker.Host;
                await broker.DeclareDeadLettersAsync(cancellationToken);
                foreach (var consumer in all) await broker.DeclareAsync(consumer.Subscription.Queue, consumer.Subscription.Kind, limits, cancellationToken);
            }

            var opened = await RabbitSession.StartAsync(address, host, name, limits, quiet, cancellationToken);
            try
            {
                await Task.WhenAll(all.Select(consumer => consumer.ReadAsync(opened, cancellationToken)));
                return opened;
            }
            catch (Exception error)
            {
                await opened.DisposeAsync();
                throw error is TimeoutException ? new BusUnavailableException($"the message broker at {address.Shown} does not let its queues be read in time", error) : error;
            }
        }
        finally
        {
            changes.Release();
        }
    }

    /// <summary>Replaces each session that is lost by another, until the end.</summary>
    private async Task KeepAsync(RabbitSession open)
    {
        while (true)
        {
            string reason;
            try
            {
                reason = await open.Lost.WaitAsync(closing.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var since = time.GetUtcNow();
            var lost = $"the connection to the message broker at {address.Shown} is lost since {since:HH:mm:ss} UTC ({reason})";
            unavailable = $"{lost}; runs wait, and nothing is lost";
            session = NoSession();
            LogLost(lost);
            // Takes a moment when handlers are still at work, and nobody needs to wait for it.
            _ = open.DisposeAsync().AsTask();
            try
            {
                open = await ReopenAsync(since);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            unavailable = null;
            session.SetResult(open);
            LogBack(address.Shown, (time.GetUtcNow() - since).TotalSeconds);
        }
    }

    private async Task<RabbitSession> ReopenAsync(DateTimeOffset since)
    {
        for (var pause = limits.ReconnectPause; ; pause = pause < 10 * limits.ReconnectPause ? 1.5 * pause : pause)
        {
            await Task.Delay(pause, time, closing.Token);
            try
            {
                return await OpenAsync(closing.Token);
            }
            catch (Exception error) when (!closing.IsCancellationRequested)
            {
                var now = $"{error.Message}; lost since {since:HH:mm:ss} UTC, runs wait, and nothing is lost";
                if (unavailable != now) LogNotBack(now);
                unavailable = now;
            }
        }
    }

    [LoggerMessage(3031, LogLevel.Warning, "{Loss}; it is tried again by itself")]
    private partial void LogLost(string loss);

    [LoggerMessage(3032, LogLevel.Warning, "{Unavailable}")]
    private partial void LogNotBack(string unavailable);

    [LoggerMessage(3033, LogLevel.Information, "The connection to the message broker at {Address} is back after {Seconds:0.0} s")]
    private partial void LogBack(string address, double seconds);

    private sealed class Reading(RabbitTransport transport, Consumer consumer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // A handler that waits for what does not come, a journal for one, must not hold up whoever gives the queue back.
            using var limit = new CancellationTokenSource(transport.limits.ConnectTimeout, transport.time);
            try
            {
                await transport.StopAsync(other => ReferenceEquals(other, consumer), limit.Token);
            }
            catch (OperationCanceledException)
            {
                // It takes no more; what it has ends when it can.
            }
        }
    }
}
