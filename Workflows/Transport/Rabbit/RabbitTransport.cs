using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// Over RabbitMQ. A parcel that is sent is on the broker's disk; one that is received stays there until it is handled.
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
    private readonly ConcurrentDictionary<(string Queue, QueueKind Kind), Postmark> marks = new();
    private readonly CancellationTokenSource closing = new();

    // Intakes change, and sessions begin, one after the other.
    private readonly SemaphoreSlim changes = new(1);
    private readonly List<Intake> intakes = [];
    private volatile TaskCompletionSource<RabbitSession> session = NoSession();
    private volatile string? trouble = "the message broker has not been asked yet";
    private Task keeping = Task.CompletedTask;

    /// <param name="node">Of this process, for the broker's operators.</param>
    public RabbitTransport(BrokerAddress address, string node, ILoggerFactory loggers, TimeProvider time, RabbitLimits? limits = null)
    {
        (this.address, name, this.time, this.limits) = (address, $"orchestrator {node}", time, limits ?? new RabbitLimits());
        logger = loggers.CreateLogger<RabbitTransport>();
        quiet = new QuietLoggers(loggers);
        dead = new DeadLetterOffice(node, SendAsync, this.limits, time, logger);
    }

    public bool IsDurable => true;

    public string? Trouble => trouble ?? (Current?.Blocked is { } reason
        ? $"the message broker at {address.Shown} takes nothing for now ({reason}); runs wait, and nothing is lost"
        : null);

    // MassTransit keeps to itself whether the broker was silent or said no.
    private string Refusal =>
        $"the message broker at {address.Shown} did not take a parcel within {limits.SendPatience.TotalSeconds:0.#} s: the queue may be full ({limits.MostParcels} parcels), or the broker may be slow; orchestrator bus show tells";

    private Intake[] Intakes
    {
        get
        {
            lock (intakes) return [.. intakes];
        }
    }

    private RabbitSession? Current => session.Task is { IsCompletedSuccessfully: true } opened ? opened.Result : null;

    /// <exception cref="BusUnavailableException">The broker cannot be used now.</exception>
    public async Task StartAsync(IReadOnlyList<Inlet> inlets, CancellationToken cancellationToken)
    {
        lock (intakes) intakes.AddRange(inlets.Select(ToIntake));
        var first = await OpenAsync(cancellationToken);
        trouble = null;
        session.SetResult(first);
        keeping = KeepAsync(first);
    }

    public async Task<IAsyncDisposable> ReceiveAsync(Inlet inlet, CancellationToken cancellationToken)
    {
        await changes.WaitAsync(cancellationToken);
        try
        {
            var intake = ToIntake(inlet);
            if (Current is { } open)
            {
                await using (var broker = await BrokerConnection.OpenAsync(address, name, limits, cancellationToken))
                {
                    await broker.DeclareAsync(inlet.Queue, inlet.Kind, limits, cancellationToken);
                }

                try
                {
                    await intake.ReadAsync(open, cancellationToken);
                }
                catch (Exception) when (open.Ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    // The next session reads it.
                }
            }

            lock (intakes) intakes.Add(intake);
            return new Reading(this, intake);
        }
        finally
        {
            changes.Release();
        }
    }

    /// <exception cref="BusUnavailableException">The broker did not take it in time, or nobody has ever read the queue.</exception>
    public Task SendAsync(string queue, QueueKind kind, Parcel parcel, CancellationToken cancellationToken) => SendAsync(
        parcel, marks.GetOrAdd((queue, kind), static key => new Postmark(key.Queue, persistent: key.Kind != QueueKind.Passing)), cancellationToken);

    public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => StopAsync(intake => intake.Inlet.Kind == kind, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested) return;

        // First no more parcels, and then no more handling: the other way round they would come again at once.
        await Task.WhenAll(Intakes.Select(intake => intake.CancelAsync(CancellationToken.None))).WaitAsync(limits.ConnectPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await closing.CancelAsync();
        await keeping;
        if (Current is { } open) await open.DisposeAsync();
    }

    private static TaskCompletionSource<RabbitSession> NoSession() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Intake ToIntake(Inlet inlet) => new(inlet, dead, limits, time, logger, closing.Token);

    private async Task SendAsync(Parcel parcel, Postmark mark, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await window.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
                var left = limits.SendPatience - time.GetElapsedTime(begun);
                limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                if (await TrySendAsync(parcel, mark, limit, cancellationToken)) return;
            }
        }
        finally
        {
            window.Release();
        }
    }

    /// <summary>False: the connection was lost over it, so it may have arrived or not.</summary>
    private async Task<bool> TrySendAsync(Parcel parcel, Postmark mark, CancellationTokenSource limit, CancellationToken cancellationToken)
    {
        RabbitSession? open = null;
        try
        {
            open = await session.Task.WaitAsync(limit.Token);
            await using var gone = open.Ended.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
            await open.SendAsync(parcel, mark, limit.Token);
            return true;
        }
        catch (MessageReturnedException)
        {
            throw new BusUnavailableException("nobody has read this queue yet, or its node is gone for good");
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && !closing.IsCancellationRequested)
        {
            // A send may hear of a lost connection before the session does.
            var over = limit.IsCancellationRequested && open?.Ended.IsCancellationRequested != true;
            if (over) throw new BusUnavailableException(Trouble ?? Refusal, error);
            await Task.Delay(resendPause, time, CancellationToken.None);
            return false;
        }
    }

    private async Task StopAsync(Predicate<Intake> which, CancellationToken cancellationToken)
    {
        List<Intake> stopped;
        await changes.WaitAsync(cancellationToken);
        try
        {
            lock (intakes)
            {
                stopped = intakes.FindAll(which);
                intakes.RemoveAll(which);
            }
        }
        finally
        {
            changes.Release();
        }

        await Task.WhenAll(stopped.Select(intake => intake.StopAsync(cancellationToken)));
        foreach (var intake in stopped) intake.Dispose();
    }

    /// <summary>Begins a session that reads all queues.</summary>
    private async Task<RabbitSession> OpenAsync(CancellationToken cancellationToken)
    {
        await changes.WaitAsync(cancellationToken);
        try
        {
            var all = Intakes;
            (string, int) host;
            await using (var broker = await BrokerConnection.OpenAsync(address, name, limits, cancellationToken))
            {
                host = broker.Host;
                await broker.DeclareDeadLettersAsync(cancellationToken);
                foreach (var intake in all) await broker.DeclareAsync(intake.Inlet.Queue, intake.Inlet.Kind, limits, cancellationToken);
            }

            var opened = await RabbitSession.StartAsync(address, host, name, limits, quiet, cancellationToken);
            try
            {
                await Task.WhenAll(all.Select(intake => intake.ReadAsync(opened, cancellationToken)));
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
            trouble = $"{lost}; runs wait, and nothing is lost";
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

            trouble = null;
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
                if (trouble != now) LogNotBack(now);
                trouble = now;
            }
        }
    }

    [LoggerMessage(3031, LogLevel.Warning, "{Loss}; it is tried again by itself")]
    private partial void LogLost(string loss);

    [LoggerMessage(3032, LogLevel.Warning, "{Trouble}")]
    private partial void LogNotBack(string trouble);

    [LoggerMessage(3033, LogLevel.Information, "The connection to the message broker at {Address} is back after {Seconds:0.0} s")]
    private partial void LogBack(string address, double seconds);

    private sealed class Reading(RabbitTransport transport, Intake intake) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // A handler that waits for what does not come, a journal for one, must not hold up whoever gives the queue back.
            using var limit = new CancellationTokenSource(transport.limits.ConnectPatience, transport.time);
            try
            {
                await transport.StopAsync(other => ReferenceEquals(other, intake), limit.Token);
            }
            catch (OperationCanceledException)
            {
                // It takes no more; what it has ends when it can.
            }
        }
    }
}
