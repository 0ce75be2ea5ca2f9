using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Threads of a known stack size, on which expressions are parsed and evaluated: the caller's may have too little left, and
/// a stack that overflows ends the process. The caller waits. Idle threads are kept, at most one for each processor.
/// </summary>
internal sealed class EvaluationThread
{
    /// <summary>In bytes. Reserved, not taken: a page counts once it is written to.</summary>
    public const int StackSize = 64 * 1024 * 1024;

    /// <summary>
    /// How much of it nested calls in an expression may use, in bytes. The rest is for exceptions: one that passes nested
    /// generators is thrown again at each level, and was measured to need up to 32 times what the calls took.
    /// </summary>
    public const int ForCalls = 512 * 1024;

    private static readonly ConcurrentStack<EvaluationThread> Idle = new();
    private static int idle;

    /// <summary>The address that calls must not go below; 0 on any other thread.</summary>
    [ThreadStatic]
    private static nint lowest;

    private readonly object gate = new();
    private Action? work;
    private bool retired;

    private EvaluationThread() => new Thread(Work, StackSize) { IsBackground = true, Name = "expressions" }.Start();

    /// <summary>Runs it on such a thread, or where it is when this is one, and gives what it gave or threw.</summary>
    public static T Run<T>(Func<T> function)
    {
        if (lowest != 0)
        {
            return function();
        }

        T? result = default;
        ExceptionDispatchInfo? thrown = null;
        if (Idle.TryPop(out var thread))
        {
            Interlocked.Decrement(ref idle);
        }
        else
        {
            thread = new EvaluationThread();
        }

        thread.Do(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception exception)
            {
                thrown = ExceptionDispatchInfo.Capture(exception);
            }
        });
        if (Interlocked.Increment(ref idle) <= Environment.ProcessorCount)
        {
            Idle.Push(thread);
        }
        else
        {
            Interlocked.Decrement(ref idle);
            thread.Retire();
        }

        thrown?.Throw();
        return result!;
    }

    /// <summary>True when nested calls have used up their part of the stack. On a thread that is not one of these: when hardly any is left.</summary>
    public static bool IsUsedUp => lowest == 0 ? !RuntimeHelpers.TryEnsureSufficientExecutionStack() : Here() < lowest;

    private void Do(Action action)
    {
        lock (gate)
        {
            work = action;
            Monitor.Pulse(gate);
            while (work is not null)
            {
                Monitor.Wait(gate);
            }
        }
    }

    private void Retire()
    {
        lock (gate)
        {
            retired = true;
            Monitor.Pulse(gate);
        }
    }

    private void Work()
    {
        lowest = Here() - ForCalls;
        lock (gate)
        {
            while (true)
            {
                while (work is null && !retired)
                {
                    Monitor.Wait(gate);
                }

                if (work is null)
                {
                    return;
                }

                // The caller waits, so nobody else wants the gate.
                work();
                work = null;
                Monitor.Pulse(gate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Here()
    {
        byte here = 0;
        return Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref here);
    }
}
