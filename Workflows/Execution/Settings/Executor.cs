namespace Orchestrator.Workflows.Execution.Settings;

/// <summary>Where work goes on that nobody awaits: the thread pool, or the one thread of a simulation.</summary>
internal abstract class Executor
{
    public static Executor ThreadPool { get; } = new Pool();

    public abstract void Queue(IThreadPoolWorkItem work);

    private sealed class Pool : Executor
    {
        public override void Queue(IThreadPoolWorkItem work) => global::System.Threading.ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }
}
