using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Workflows.Bus;

/// <summary>
/// The way to one queue. While a parcel is on its way the next messages gather and go together: one a parcel when
/// there is little to do, hundreds under load. Posting never blocks; what cannot be sent is lost here and found by the sweep.
/// </summary>
internal sealed partial class Outlet<T>(ISendEndpoint endpoint, string queue, ILogger logger) : IThreadPoolWorkItem, IAsyncDisposable
    where T : IBusMessage<T>
{
    private const int MostInParcel = 100;

    private readonly ConcurrentQueue<T> waiting = new();
    private readonly List<T> parcel = [];
    private readonly ParcelWriter writer = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool closing;
    private int sending;

    public void Post(T message)
    {
        waiting.Enqueue(message);
        Wake();
    }

    /// <summary>Returns when what was posted before is sent.</summary>
    public async ValueTask DisposeAsync()
    {
        closing = true;
        Wake();
        await closed.Task;
    }

    public void Execute() => _ = SendAsync();

    /// <summary>One sender at a time; a message that finds it at work goes with its next parcel.</summary>
    private void Wake()
    {
        if (Interlocked.CompareExchange(ref sending, 1, 0) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private async Task SendAsync()
    {
        do
        {
            while (!waiting.IsEmpty) await SendParcelAsync();
            if (closing) closed.TrySetResult();
            Volatile.Write(ref sending, 0);
            Interlocked.MemoryBarrier();
        }
        // A message may have come after the queue was seen empty and before the sender was free.
        while ((!waiting.IsEmpty || closing && !closed.Task.IsCompleted) && Interlocked.CompareExchange(ref sending, 1, 0) == 0);
    }

    private async Task SendParcelAsync()
    {
        parcel.Clear();
        while (parcel.Count < MostInParcel && waiting.TryDequeue(out var message)) parcel.Add(message);
        try
        {
            await endpoint.Send(writer.Pack(parcel));
        }
        catch (Exception error)
        {
            LogLost(error, parcel.Count, queue);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} messages to {Queue} could not be sent; the sweep will send again what matters")]
    private partial void LogLost(Exception error, int count, string queue);
}
