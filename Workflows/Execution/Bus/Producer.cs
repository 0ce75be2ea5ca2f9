using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Workflows.Execution.Bus;

/// <summary>
/// The way to one queue. While an envelope is on its way the next messages gather and go together: one an envelope when
/// there is little to do, hundreds under load. Posting never blocks; what cannot be sent is lost here and found by the recovery scan.
/// </summary>
internal sealed partial class Producer<T>(ITransport transport, string queue, QueueKind kind, MembershipTracker map, Executor executor, TimeProvider systemClock, ILogger logger) : IThreadPoolWorkItem, IAsyncDisposable
    where T : IBusMessage<T>
{
    private const int MostInEnvelope = 100;

    // Fewer are not worth an envelope each: an envelope costs the broker a sync of its disk, and its reader a commit.
    private const int FewestToSpread = 4;

    // With the transport down for long the oldest go: whatever matters is still a row in the journal.
    private const int MostWaiting = 100_000;

    private readonly ConcurrentQueue<(T Message, Action<bool>? Sent, Activity? Span)> waiting = new();
    private readonly List<T> envelope = [];
    private readonly List<Action<bool>> confirmations = [];
    private readonly List<Activity> spans = [];
    private readonly EnvelopeWriter writer = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool closing;
    private int sending;

    /// <summary>Envelopes in which what waits should go: more workers, smaller envelopes. Default 1.</summary>
    public Func<int> Spread { get; set; } = static () => 1;

    /// <param name="sent">Called once with true when the transport has the message for good, with false when it is lost. Must be quick.</param>
    public void Post(T message, Action<bool>? sent = null)
    {
        var span = EngineTrace.Send(queue, message.Trace);
        if (span?.Id is { } trace) message = message.WithTrace(trace);
        waiting.Enqueue((message, sent, span));
        if (waiting.Count > MostWaiting && waiting.TryDequeue(out var oldest))
        {
            EngineTrace.Sent(oldest.Span, taken: false);
            oldest.Sent?.Invoke(false);
        }

        Wake();
    }

    /// <summary>Returns when what was posted before is sent, or the transport has not taken it within two seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        closing = true;
        Wake();
        await using var limit = systemClock.CreateTimer(_ => stopping.Cancel(), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        await closed.Task;
    }

    public void Execute() => _ = SendAsync();

    /// <summary>One sender at a time; a message that finds it at work goes with its next envelope.</summary>
    private void Wake()
    {
        if (Interlocked.CompareExchange(ref sending, 1, 0) == 0) executor.Queue(this);
    }

    private async Task SendAsync()
    {
        do
        {
            while (!waiting.IsEmpty) await SendEnvelopeAsync();
            if (closing) closed.TrySetResult();
            Volatile.Write(ref sending, 0);
            Interlocked.MemoryBarrier();
        }
        // A message may have come after the queue was seen empty and before the sender was free.
        while ((!waiting.IsEmpty || closing && !closed.Task.IsCompleted) && Interlocked.CompareExchange(ref sending, 1, 0) == 0);
    }

    private async Task SendEnvelopeAsync()
    {
        envelope.Clear();
        confirmations.Clear();
        spans.Clear();
        var spread = Spread();
        var most = spread <= 1 ? MostInEnvelope : Math.Clamp((waiting.Count + spread - 1) / spread, FewestToSpread, MostInEnvelope);
        while (envelope.Count < most && waiting.TryDequeue(out var next))
        {
            envelope.Add(next.Message);
            if (next.Sent is { } sent) confirmations.Add(sent);
            if (next.Span is { } span) spans.Add(span);
        }

        var taken = false;
        try
        {
            await transport.SendAsync(queue, kind, writer.Pack(envelope, map.ProtocolVersion), stopping.Token);
            taken = true;
        }
        catch (Exception error)
        {
            LogLost(error, envelope.Count, queue);
        }

        foreach (var span in spans) EngineTrace.Sent(span, taken);
        foreach (var sent in confirmations) sent(taken);
    }

    [LoggerMessage(1001, LogLevel.Warning, "{Count} messages to {Queue} could not be sent; the recovery scan will send again what matters")]
    private partial void LogLost(Exception error, int count, string queue);
}
