using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Stacks;

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
/// <param name="Outputs">The program's outputs, <c>[secret]</c> in place of each secret; empty after a destroy or a failure.</param>
/// <param name="Changes">Resources by operation: same, create, update, replace, delete.</param>
/// <param name="Elapsed">On the environment clock.</param>
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
/// <param name="Steps">In an order that respects dependencies: first what an interrupted call left open, then the program's resources, then what is deleted.</param>
/// <param name="Outputs">Names of the program's outputs that would be new, other or gone, sorted; one whose value is not known yet counts as other.</param>
public sealed record StackPreview(ImmutableArray<PlannedChange> Steps, ImmutableArray<string> Outputs)
{
    /// <summary>True when nothing would change.</summary>
    public bool IsEmpty => Outputs.IsEmpty && Steps.All(step => step is { Operation: "same", Note: null });
}

/// <param name="Operation">same, create, update, replace, delete; resume: an interrupted operation is brought to its end first; forget: taken out of the state and left in the cloud (<c>retainOnDelete</c>).</param>
/// <param name="Differences">Input paths that differ; empty but for update and replace. A secret counts as one value.</param>
/// <param name="Note">What else has to be known, as in <c>is protected, so the up will fail here</c>; null: nothing.</param>
public sealed record PlannedChange(string Urn, string Type, string Operation, ImmutableArray<string> Differences, string? Note = null);
