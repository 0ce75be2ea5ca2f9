using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <param name="Operation">same, create, update or replace.</param>
/// <param name="Wanted">What the state shall say; id and outputs are still those of the old one.</param>
internal sealed record Plan(string Operation, ResourceState? Old, ResourceState Wanted, ImmutableArray<string> Differences);

/// <summary>Decides what a resource needs, from its declaration, its evaluated inputs and what the state has.</summary>
internal sealed class Planner(StackProgram program, Urns urns, Func<string, ResourceState?> find)
{
    private readonly ImmutableDictionary<string, ResourceDeclaration> _resources = program.Resources.ToImmutableDictionary(resource => resource.Logical);
    private readonly ImmutableDictionary<string, Expression> _variables = program.Variables.ToImmutableDictionary();

    public string UrnOf(ResourceDeclaration resource) => urns.Of(resource.Type, resource.Name);

    /// <summary>The default provider's URN, for resources that name none.</summary>
    public string DefaultProvider(string type) => urns.Of(ResourceTypes.ProviderPrefix + type[..type.IndexOf(':', StringComparison.Ordinal)], "default");

    /// <summary>Resources that <paramref name="resource"/> refers to, through variables too.</summary>
    public ImmutableArray<ResourceDeclaration> DependenciesOf(ResourceDeclaration resource) =>
        [.. resource.References().SelectMany(ResourcesBehind).Distinct()];

    public Plan PlanOf(ResourceDeclaration resource, JsonObject inputs)
    {
        var urn = UrnOf(resource);
        var old = find(urn);
        var options = resource.Options;
        if (old is not null)
        {
            Differences.Ignore(inputs, old.Inputs, options.IgnoreChanges);
        }

        var wanted = new ResourceState
        {
            Urn = urn,
            Type = resource.Type,
            Id = old?.Id,
            Inputs = inputs,
            Outputs = old?.Outputs ?? [],
            Parent = urns.Root,
            Protect = options.Protect,
            RetainOnDelete = options.RetainOnDelete,
            Provider = ProviderReference(resource),
            Dependencies = [.. DependenciesOf(resource).Select(UrnOf).Order(StringComparer.Ordinal)],
            PropertyDependencies = new(
                resource.Properties
                    .Select(property => KeyValuePair.Create(property.Key, property.Value.References().SelectMany(ResourcesBehind).Select(UrnOf).Distinct().Order(StringComparer.Ordinal).ToList()))
                    .Where(property => property.Value.Count > 0)
                    .ToDictionary(),
                StringComparer.Ordinal),
            Created = old?.Created,
            Modified = old?.Modified,
        };
        if (old is null)
        {
            return new Plan("create", null, wanted, []);
        }

        var differences = Differences.Between(old.Inputs, inputs);
        var replace = old.InitErrors.Count > 0
            || Differences.Touch(differences, ResourceTypes.ReplaceOn(resource.Type).Concat(options.ReplaceOnChanges))
            || (old.Provider != wanted.Provider && old.Provider is not null && wanted.Provider is not null);
        return new Plan(replace ? "replace" : differences.IsEmpty ? "same" : "update", old, wanted, differences);
    }

    private IEnumerable<ResourceDeclaration> ResourcesBehind(Reference reference)
    {
        if (_resources.TryGetValue(reference.Root, out var resource))
        {
            return [resource];
        }

        return _variables.TryGetValue(reference.Root, out var variable) ? variable.References().SelectMany(ResourcesBehind) : [];
    }

    /// <summary><c>urn::id</c>; null for providers themselves and while the provider is not made yet.</summary>
    private string? ProviderReference(ResourceDeclaration resource)
    {
        if (resource.Type.StartsWith(ResourceTypes.ProviderPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var urn = resource.Options.Provider is { } named && _resources.TryGetValue(named.Root, out var provider) ? UrnOf(provider) : DefaultProvider(resource.Type);
        return find(urn) is { Id: { } id } ? $"{urn}::{id}" : null;
    }
}
