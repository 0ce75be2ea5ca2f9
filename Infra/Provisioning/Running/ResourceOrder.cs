using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>Pulumi's own rule for a state: what a resource depends on comes earlier in the list.</summary>
internal static class ResourceOrder
{
    /// <summary>The resources so ordered, otherwise left where they are.</summary>
    public static List<ResourceState> Sort(List<ResourceState> resources)
    {
        var byUrn = resources.ToLookup(resource => resource.Urn, StringComparer.Ordinal);
        var done = new HashSet<ResourceState>(ReferenceEqualityComparer.Instance);
        var sorted = new List<ResourceState>(resources.Count);
        foreach (var resource in resources)
        {
            Visit(resource);
        }

        return sorted;

        void Visit(ResourceState resource)
        {
            if (!done.Add(resource))
            {
                return;
            }

            foreach (var needed in Needs(resource).SelectMany(urn => byUrn[urn]))
            {
                Visit(needed);
            }

            sorted.Add(resource);
        }
    }

    /// <summary>URNs of what must be there before and go after it.</summary>
    public static IEnumerable<string> Needs(ResourceState resource)
    {
        foreach (var urn in resource.Dependencies)
        {
            yield return urn;
        }

        if (resource.Parent is { } parent)
        {
            yield return parent;
        }

        if (resource.Provider is { } provider)
        {
            yield return provider[..provider.LastIndexOf("::", StringComparison.Ordinal)];
        }
    }
}
