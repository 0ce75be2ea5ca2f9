using System.Collections.Immutable;

namespace Orchestrator.Infra.Provisioning.Stacks;

/// <summary>
/// Runs Pulumi YAML programs, one stack a trading unit. <see cref="StackEngine"/> is the embedded engine; the driver of
/// the real <c>pulumi</c> executable comes behind this same seam.
/// </summary>
public interface IStacks
{
    /// <summary>What <see cref="UpAsync"/> would do, in order. Changes nothing.</summary>
    Task<StackPreview> PreviewAsync(StackRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Brings the stack to what its program says. Goes on where an interrupted call stopped; creates nothing twice.
    /// A resource that fails is in the outcome, not an exception. Throws <see cref="StackProgramException"/> for a program or
    /// configuration that is wrong, before anything changes, and <see cref="StackLockedException"/> when another process works on the stack.
    /// </summary>
    Task<StackOutcome> UpAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken);

    /// <summary>Deletes every resource of the stack in reverse order. Protected ones are left and named in the outcome. A stack that is not there is done.</summary>
    Task<StackOutcome> DestroyAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken);

    /// <summary>Reads every resource back into the state; those gone are dropped from it.</summary>
    Task<StackOutcome> RefreshAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken);

    /// <summary>The resources that a stack holds, each after what it depends on; null when there is no such stack, or the driver does not tell.</summary>
    Task<ImmutableArray<StackResource>?> ResourcesAsync(string project, string stack, CancellationToken cancellationToken) => Task.FromResult<ImmutableArray<StackResource>?>(null);

    /// <summary>The outputs of the last finished up; null when the stack does not exist.</summary>
    /// <param name="showSecrets">Secrets in clear; otherwise <c>[secret]</c> stands for each. Default false, as in <c>pulumi stack output</c>.</param>
    Task<IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonNode?>?> OutputsAsync(string project, string stack, CancellationToken cancellationToken, bool showSecrets = false);

    /// <summary>The stack's state as <c>pulumi stack export</c> prints it, <c>{version: 3, deployment}</c>, its secrets encrypted; null when there is no such stack.</summary>
    Task<System.Text.Json.Nodes.JsonObject?> ExportAsync(string project, string stack, CancellationToken cancellationToken);

    /// <summary>
    /// Puts such a document in place of the stack's state, which is begun where there is none. Changes nothing at the clouds. Throws <see cref="StackStateException"/> for a document
    /// that is none, is another stack's or has secrets that the passphrase does not open; then nothing was changed.
    /// </summary>
    Task ImportAsync(string project, string stack, System.Text.Json.Nodes.JsonObject document, CancellationToken cancellationToken);

    /// <summary>Every stack that is known, by project and name.</summary>
    Task<ImmutableArray<StackSummary>> ListAsync(CancellationToken cancellationToken);
}
