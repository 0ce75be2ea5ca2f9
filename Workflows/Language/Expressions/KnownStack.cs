using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Runs work on threads of a known stack, so that how deep an expression may go does not depend on who asks. The threads
/// are kept for the next one; there are at most as many as callers at one time.
/// </summary>
internal static class KnownStack
{
    /// <summary>
    /// The stack of such a thread: 64 MiB, reserved and not taken. What exceptions need beyond the calls: one that passes
    /// nested generators is thrown again at each level, and was measured to need up to 32 times what the calls took.
    /// </summary>
    public const int Bytes = 64 * 1024 * 1024;

    /// <summary>
    /// How much of it calls may use: 512 KiB. Far more than 64 calls need, and little enough that what never ends is stopped
    /// within milliseconds: to leave a deep stack by an exception takes longer than to fill it.
    /// </summary>
    public const int ForCalls = 512 * 1024;

    private static readonly ConcurrentBag<Worker> Idle = [];

    [ThreadStatic]
    private static bool isHere;

    /// <summary>The address that calls must not go below.</summary>
    [ThreadStatic]
    private static nint lowest;

    /// <summary>True when calls have used up their part of the stack. On a thread that is not one of these: when hardly any is left.</summary>
    public static bool IsUsedUp => isHere ? Address() < lowest : !RuntimeHelpers.TryEnsureSufficientExecutionStack();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Address()
    {
        byte here = 0;
        return Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref here);
    }

    /// <summary>Runs the work where there is stack enough: on this thread when it needs little, else on one of the known ones.</summary>
    public static T Run<T>(bool needsStack, Func<T> work)
    {
        if (isHere || (!needsStack && RuntimeHelpers.TryEnsureSufficientExecutionStack()))
        {
            return work();
        }

        if (!Idle.TryTake(out var worker))
        {
            worker = new Worker();
        }

        T? result = default;
        var failure = worker.Run(() => result = work());
        if (Idle.Count < Environment.ProcessorCount)
        {
            Idle.Add(worker);
        }
        else
        {
            worker.Dispose();
        }

        failure?.Throw();
        return result!;
    }

    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim asked = new(0);
        private readonly SemaphoreSlim done = new(0);
        private Action? work;
        private ExceptionDispatchInfo? failure;

        public Worker() => new Thread(Serve, Bytes) { IsBackground = true, Name = "expressions" }.Start();

        public ExceptionDispatchInfo? Run(Action next)
        {
            (work, failure) = (next, null);
            asked.Release();
            done.Wait();
            return failure;
        }

        /// <summary>Ends the thread, which then lets its semaphores go.</summary>
        public void Dispose()
        {
            work = null;
            asked.Release();
        }

        private void Serve()
        {
            (isHere, lowest) = (true, Address() - ForCalls);
            while (true)
            {
                asked.Wait();
                if (work is null)
                {
                    asked.Dispose();
                    done.Dispose();
                    return;
                }

                try
                {
                    work();
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }

                done.Release();
            }
        }
    }
}
