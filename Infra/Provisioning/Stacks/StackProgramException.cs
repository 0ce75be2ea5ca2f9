using System.Collections.Immutable;

namespace Orchestrator.Infra.Provisioning.Stacks;

/// <summary>A place in a program where something is wrong. Line and column count from 1.</summary>
public sealed record ProgramProblem(string File, int Line, int Column, string Code, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: error {Code}: {Message}";
}

/// <summary>A program or its configuration is wrong; nothing was changed. Carries every problem.</summary>
public sealed class StackProgramException(ImmutableArray<ProgramProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public ImmutableArray<ProgramProblem> Problems { get; } = problems;
}

/// <summary>The state of a stack cannot be read; the message says why and how to mend it. Nothing was changed.</summary>
public sealed class StackStateException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process works on the stack. Locks of a dead process on this host are taken over, so waiting helps.</summary>
public sealed class StackLockedException(string stack, string owner)
    : Exception($"stack {stack} is locked: {owner}")
{
    public string Stack { get; } = stack;

    /// <summary>Who holds it, as in <c>created by host (pid 4711) at 2026-11-10T20:00:00Z</c>.</summary>
    public string Owner { get; } = owner;
}
