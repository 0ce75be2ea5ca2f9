using System.Collections.Immutable;

namespace Orchestrator.Infra.Provisioning.Stacks;

/// <summary>A resource that a stack holds, as its state has it; no inputs or outputs, which may be secret.</summary>
/// <param name="Type">The provider's token, as in <c>alicloud:ess/scalingGroup:ScalingGroup</c>.</param>
/// <param name="Id">The provider's own name for it; null: not known yet.</param>
/// <param name="Pending">creating, updating or deleting: begun, and its end is not known; null: nothing is.</param>
/// <param name="DependsOn">Names of resources in the same stack.</param>
public sealed record StackResource(
    string Name, string Type, string? Id, DateTimeOffset? Created, DateTimeOffset? Modified, string? Pending, ImmutableArray<string> DependsOn)
{
    /// <summary>A resource's name from its URN: all after the third <c>::</c>.</summary>
    public static string NameOf(string urn) => Urns.NameOf(urn);
}

/// <summary>A stack in a list.</summary>
/// <param name="Resources">Those that a provider made; null: not told.</param>
/// <param name="Updated">When its state last changed; null: never, or not told.</param>
public sealed record StackSummary(string Project, string Stack, int? Resources, DateTimeOffset? Updated);
