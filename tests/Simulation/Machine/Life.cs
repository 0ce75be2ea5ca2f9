using Orchestrator.Workflows.Execution.Settings;

namespace Orchestrator.Simulation.Machine;

/// <summary>
/// One start of one process: whatever it awaits comes back to it, until it ends from one step to the next; then nothing
/// of it ever goes on. What is outside of all servers is a life too, which does not end.
/// </summary>
internal sealed class Life(Timeline timeline, string name, int number) : SynchronizationContext
{
    public string Name => name;

    /// <summary>Unlike that of any other life of the simulation.</summary>
    public int Number => number;

    public Timeline Timeline => timeline;

    public bool IsAlive { get; private set; } = true;

    public long Steps { get; set; }

    /// <summary>The process gets no processor time before.</summary>
    public TimeSpan StandsStillUntil { get; set; }

    public Executor Executor => new Posting(this);

    public void End() => IsAlive = false;

    public override void Post(SendOrPostCallback d, object? state) => timeline.After(TimeSpan.Zero, this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing in the engine may block.");

    public override SynchronizationContext CreateCopy() => this;

    private sealed class Posting(Life life) : Executor
    {
        public override void Queue(IThreadPoolWorkItem work) => life.Post(static state => ((IThreadPoolWorkItem)state!).Execute(), work);
    }
}
