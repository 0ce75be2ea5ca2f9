using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Workflows.Bus.Rabbit;

/// <summary>
/// Over RabbitMQ. A parcel that is sent is on the broker's disk; one that is received stays there until it is handled.
/// A lost connection is opened again by itself, and meanwhile what is to be sent waits a while.
/// </summary>
internal sealed partial class RabbitTransport : ITransport
{
    // Enough to keep the broker's disk busy; more only waits in memory.
    private const int MostUnconfirmed = 512;

    private readonly BrokerAddress address;
    private readonly string name;
    private readonly TimeProvider time;
    private readonly RabbitTimings timings;
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
    public RabbitTransport(BrokerAddress address, string node, ILoggerFactory loggers, TimeProvider time, RabbitTimings? timings = null)
    {
        (this.address, name, this.time, this.timings) = (address, $"orchestrator {node}", time, timings ?? new RabbitTimings());
        logger = loggers.CreateLogger<RabbitTransport>();
        quiet = new QuietLoggers(loggers);
        dead = new DeadLetterOffice(node, SendAsync, this.timings, time, logger);
    }

    public bool IsDurable => true;

    public string? Trouble => trouble ?? (Current?.Blocked is { } reason
        ? $"the message broker at {address.Shown} takes nothing for now ({reason}); runs wait, and nothing is lost"
        : null);

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
                await using (var broker = await BrokerConnection.OpenAsync(address, name, timings, cancellationToken))
                {
                    await broker.DeclareAsync(inlet.Queue, inlet.Kind, timings, cancellationToken);
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
        await Task.WhenAll(Intakes.Select(intake => intake.CancelAsync(CancellationToken.None))).WaitAsync(timings.ConnectPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await closing.CancelAsync();
        await keeping;
        if (Current is { } open) await open.DisposeAsync();
    }

    private static TaskCompletionSource<RabbitSession> NoSession() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Intake ToIntake(Inlet inlet) => new(inlet, dead, timings, time, logger, closing.Token);

    private async Task SendAsync(Parcel parcel, Postmark mark, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        await window.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
                var left = timings.SendPatience - time.GetElapsedTime(begun);
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
        try
        {
            var open = Current ?? await session.Task.WaitAsync(limit.Token);
            await using var gone = open.Ended.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
            try
            {
                await open.SendAsync(parcel, mark, limit.Token);
                return true;
            }
            catch (Exception error) when (error is not MessageReturnedException && open.Ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested && !closing.IsCancellationRequested)
            {
                return false;
            }
        }
        catch (MessageReturnedException)
        {
            throw new BusUnavailableException("nobody has read this queue yet, or its node is gone for good");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BusUnavailableException(Trouble ?? $"the message broker at {address.Shown} did not take a parcel within {timings.SendPatience.TotalSeconds:0.#} s");
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
            await using (var broker = await BrokerConnection.OpenAsync(address, name, timings, cancellationToken))
            {
                await broker.DeclareDeadLettersAsync(cancellationToken);
                foreach (var intake in all) await broker.DeclareAsync(intake.Inlet.Queue, intake.Inlet.Kind, timings, cancellationToken);
            }

            var opened = await RabbitSession.StartAsync(address, name, timings, quiet, cancellationToken);
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
        for (var pause = timings.ReconnectPause; ; pause = pause < 10 * timings.ReconnectPause ? 1.5 * pause : pause)
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

    [LoggerMessage(LogLevel.Warning, "{Loss}; it is tried again by itself")]
    private partial void LogLost(string loss);

    [LoggerMessage(LogLevel.Warning, "{Trouble}")]
    private partial void LogNotBack(string trouble);

    [LoggerMessage(LogLevel.Information, "The connection to the message broker at {Address} is back after {Seconds:0.0} s")]
    private partial void LogBack(string address, double seconds);

    private sealed class Reading(RabbitTransport transport, Intake intake) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await transport.StopAsync(other => ReferenceEquals(other, intake), CancellationToken.None);
    }
}
