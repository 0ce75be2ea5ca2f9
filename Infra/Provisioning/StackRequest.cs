using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning;

/// <param name="Program">Directory that holds <c>Pulumi.yaml</c>; <see cref="StackPrograms"/> locates the ones that ship.</param>
/// <param name="Stack">Name of the stack: the unit's id.</param>
/// <param name="Config">Configuration by key without the project's prefix, as in <c>desiredCapacity</c>.</param>
public sealed record StackRequest(string Program, string Stack, ImmutableDictionary<string, JsonNode?> Config)
{
    /// <summary>
    /// Idempotency key of the step this is for: the leading part of every client token, so that a call that is repeated
    /// after the state was lost still finds what it made. Default: the stack's own address.
    /// </summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What happened to a stack.</summary>
/// <param name="Succeeded">False when a resource failed; <paramref name="Failures"/> says which.</param>
/// <param name="Outputs">The program's outputs, secrets in clear; empty after a destroy or a failure.</param>
/// <param name="Changes">Resources by operation: same, create, update, replace, delete.</param>
/// <param name="Elapsed">On the night's clock.</param>
public sealed record StackOutcome(
    bool Succeeded,
    ImmutableDictionary<string, JsonNode?> Outputs,
    ImmutableDictionary<string, int> Changes,
    ImmutableArray<ResourceFailure> Failures,
    TimeSpan Elapsed);

/// <param name="Code">The provider's code, as in <c>Throttling</c>, <c>protected</c>, <c>timeout</c>, <c>dependency</c>.</param>
/// <param name="Retryable">True when the same call later may succeed.</param>
public sealed record ResourceFailure(string Urn, string Operation, string Code, string Message, bool Retryable);

/// <summary>What an up would do.</summary>
/// <param name="Steps">In an order that respects dependencies.</param>
public sealed record StackPreview(ImmutableArray<PlannedChange> Steps)
{
    /// <summary>True when nothing would change.</summary>
    public bool IsEmpty => Steps.All(step => step.Operation == "same");
}

/// <param name="Operation">same, create, update, replace or delete.</param>
/// <param name="Differences">Input paths that differ; empty for same, create and delete.</param>
public sealed record PlannedChange(string Urn, string Type, string Operation, ImmutableArray<string> Differences);
