using System.Collections.Immutable;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Stacks;

/// <summary>A program or its configuration is wrong; nothing was changed. Carries every problem.</summary>
public sealed class StackProgramException(ImmutableArray<Diagnostic> diagnostics)
    : Exception(string.Join(Environment.NewLine, diagnostics))
{
    public ImmutableArray<Diagnostic> Diagnostics { get; } = diagnostics;
}

/// <summary>The state of a stack cannot be read; the message says why and how to fix it. Nothing was changed.</summary>
public sealed class StackStateException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process works on the stack. Locks of a dead process on this host are taken over, so waiting helps.</summary>
public sealed class StackLockedException(string stack, string owner)
    : Exception($"stack {stack} is locked: {owner}")
{
    public string Stack { get; } = stack;

    /// <summary>Who holds it, as in <c>created by host (pid 4711) at 2026-11-10T20:00:00Z</c>.</summary>
    public string Owner { get; } = owner;
}

/// <summary>
/// What runs the stacks cannot be used, or ended without an outcome: no executable, a wrong passphrase, a backend that is away, a process that was
/// killed. The message says why and how to fix it. What was begun stands in the stack's state, and the next call goes on from there.
/// </summary>
/// <param name="code">As <c>pulumi-missing</c>, <c>pulumi-version</c>, <c>passphrase</c>, <c>authentication</c>, <c>backend</c>, <c>plugin</c>, <c>killed</c>, <c>hung</c>.</param>
/// <param name="retryable">True when the same call later may succeed.</param>
public sealed class StackEngineException(string code, string message, bool retryable, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    public bool Retryable { get; } = retryable;
}
