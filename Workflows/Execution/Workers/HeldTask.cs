using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>A task that a worker holds, in its queue or at work, while the lease lasts.</summary>
/// <param name="place">Rises with each task that the worker gets.</param>
internal sealed class HeldTask(TaskMessage message, long place) : IDisposable
{
    private readonly CancellationTokenSource lost = new();
    private readonly Lock gate = new();
    private long leaseUntil = message.LeaseUntil.UtcTicks;
    private bool disposed;

    public TaskMessage Message { get; } = message;

    public long Position => place;

    public TaskToken TaskToken => Message.TaskToken;

    /// <summary>Cancelled when the task is no longer this worker's.</summary>
    public CancellationToken Lost => lost.Token;

    public DateTimeOffset LeaseUntil => new(Interlocked.Read(ref leaseUntil), TimeSpan.Zero);

    public bool IsLeased(DateTimeOffset systemClock) => systemClock < LeaseUntil && !lost.IsCancellationRequested;

    public void Renew(DateTimeOffset until) => Interlocked.Exchange(ref leaseUntil, until.UtcTicks);

    public void Lose()
    {
        lock (gate)
        {
            if (disposed) return;
        }

        // Outside the gate: activities' own callbacks run in here.
        try
        {
            lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in between.
        }
    }

    public void Dispose()
    {
        lock (gate) disposed = true;
        lost.Dispose();
    }
}
