using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning;

/// <summary>
/// The embedded engine: plans, orders by dependency, applies in parallel, and writes Pulumi-shaped state before and after
/// each effect, so that a crash at any moment loses and doubles nothing.
/// </summary>
public sealed class StackEngine : IStacks
{
    public Task<StackPreview> PreviewAsync(StackRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<StackOutcome> UpAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<StackOutcome> DestroyAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<StackOutcome> RefreshAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<IReadOnlyDictionary<string, JsonNode?>?> OutputsAsync(string project, string stack, CancellationToken cancellationToken) => throw new NotImplementedException();
}
