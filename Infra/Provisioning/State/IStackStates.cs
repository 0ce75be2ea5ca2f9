using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>
/// Where the states of stacks are kept: in a folder of one machine (<see cref="FolderStates"/>), or where every worker finds them. A state is
/// Pulumi's checkpoint as text, its secrets encrypted.
/// </summary>
public interface IStackStates
{
    /// <summary>As last written, whoever works on it; null when the stack was never written.</summary>
    Task<string?> FindAsync(string project, string stack, CancellationToken cancellationToken);

    /// <summary>Every stack that was ever written.</summary>
    Task<IReadOnlyCollection<(string Project, string Stack)>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes a stack for oneself. Waits up to 10 s of wall time: an attempt that lost its lease needs a moment to stop. Throws
    /// <see cref="StackLockedException"/> when another update holds it for longer.
    /// </summary>
    Task<IHeldState> HoldAsync(string project, string stack, CancellationToken cancellationToken);
}

/// <summary>The state of a stack that nobody else changes until this is disposed.</summary>
public interface IHeldState : IAsyncDisposable
{
    /// <summary>As last written; null when the stack was never written.</summary>
    string? Content { get; }

    /// <summary>Whole and durable when this returns. Throws <see cref="StackLockedException"/> when somebody else has taken the stack: then nothing was written.</summary>
    Task WriteAsync(string content);
}
