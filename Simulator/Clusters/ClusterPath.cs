namespace Orchestrator.Simulator.Clusters;

/// <summary>What a path of the Kubernetes API names, below <c>/api/v1</c> or <c>/apis/{group}/{version}</c>.</summary>
/// <param name="Namespace">Null for objects of the whole cluster and for lists over all namespaces.</param>
/// <param name="Name">Null for the whole collection.</param>
internal sealed record ClusterPath(string Group, string Version, string Plural, string? Namespace, string? Name, string? Subresource)
{
    /// <summary>Null when the path names no resource.</summary>
    public static ClusterPath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string group, version;
        Span<string> rest;
        switch (parts)
        {
            case ["api", var v, ..]:
                group = "";
                version = v;
                rest = parts.AsSpan(2);
                break;
            case ["apis", var g, var v, ..]:
                group = g;
                version = v;
                rest = parts.AsSpan(3);
                break;
            default:
                return null;
        }

        string? inNamespace = null;
        if (rest is ["namespaces", var name, _, ..] && rest is not ["namespaces", _, "status" or "finalize"])
        {
            inNamespace = Uri.UnescapeDataString(name);
            rest = rest[2..];
        }

        return rest.Length is < 1 or > 3
            ? null
            : new ClusterPath(
                group,
                version,
                rest[0],
                inNamespace,
                rest.Length > 1 ? Uri.UnescapeDataString(rest[1]) : null,
                rest.Length > 2 ? rest[2] : null);
    }
}
