namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// The bounds of one evaluation where the engine does not look itself: while a built-in function runs that calls built-in
/// functions, or goes through a value. Belongs to one evaluation, on its thread.
/// </summary>
internal sealed class EvaluationGuard(TimeSpan time, long memory, CancellationToken cancellation)
{
    /// <summary>How many built-in functions may run, where they are counted at all.</summary>
    public const int MostBuiltInCalls = 1_000_000;

    /// <summary>How many parts of values all calls together may go through: each level of a list that becomes a text is a call of its own.</summary>
    public const int MostWalked = 10_000_000;

    private readonly long deadline = Environment.TickCount64 + (long)time.TotalMilliseconds;
    private readonly long mostAllocated = GC.GetAllocatedBytesForCurrentThread() + memory;
    private int calls;
    private int walked;

    /// <summary>Before a built-in function runs.</summary>
    /// <exception cref="ResultRefusedException">Too many of them, or too deep in each other, or too much memory.</exception>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    public void BeforeBuiltIn()
    {
        StackConstraint.Probe();
        if (++calls > MostBuiltInCalls)
        {
            throw new ResultRefusedException("expression-endless", $"does not end: stopped after {MostBuiltInCalls:N0} calls of built-in functions");
        }

        Check();
    }

    /// <summary>Before a part of a value is gone through.</summary>
    public void BeforePart()
    {
        if (++walked > MostWalked)
        {
            throw new ResultRefusedException("expression-too-large", $"goes through more than {MostWalked:N0} parts of values");
        }

        // Not the time: a slow machine decides nothing here.
        if (walked % 1024 == 0)
        {
            CheckMemory();
        }
    }

    /// <summary>Looks at time, memory and whether the caller has left.</summary>
    public void Check()
    {
        if (Environment.TickCount64 > deadline)
        {
            throw new TimeoutException();
        }

        CheckMemory();
    }

    private void CheckMemory()
    {
        cancellation.ThrowIfCancellationRequested();
        if (GC.GetAllocatedBytesForCurrentThread() > mostAllocated)
        {
            throw new ResultRefusedException("expression-too-large", $"takes too much memory: more than {memory / 1024 / 1024} MiB");
        }
    }
}
