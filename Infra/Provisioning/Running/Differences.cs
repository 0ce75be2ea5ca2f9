using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>How a resource's new inputs differ from those in the state, and what that means.</summary>
internal static class Differences
{
    /// <summary>Paths such as <c>desiredCapacity</c> or <c>spec.containers[0].image</c>, sorted. A secret is compared in clear and counts as one value: where in it they differ is not told.</summary>
    public static ImmutableArray<string> Between(JsonObject old, JsonObject wanted)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        Compare(old, wanted, "", paths);
        return [.. paths];
    }

    /// <summary>True when one of the paths lies at or below one of <paramref name="roots"/>.</summary>
    public static bool Touch(ImmutableArray<string> paths, IEnumerable<string> roots) =>
        roots.Any(root => paths.Any(path => path == root || (path.StartsWith(root, StringComparison.Ordinal) && path[root.Length] is '.' or '[') || root == "*"));

    /// <summary>Gives the ignored paths the values they have in the state.</summary>
    public static void Ignore(JsonObject wanted, JsonObject old, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var steps = path.Split('.');
            if (Holder(wanted, steps) is { } target)
            {
                var source = Holder(old, steps);
                if (source is not null && source.TryGetPropertyValue(steps[^1], out var kept))
                {
                    target[steps[^1]] = kept?.DeepClone();
                }
                else
                {
                    target.Remove(steps[^1]);
                }
            }
        }
    }

    private static JsonObject? Holder(JsonObject root, string[] steps) =>
        steps[..^1].Aggregate((JsonObject?)root, (holder, step) => holder?[step] as JsonObject);

    private static void Compare(JsonNode? old, JsonNode? wanted, string path, SortedSet<string> paths)
    {
        switch (old, wanted)
        {
            case var _ when Secrets.IsSecret(old) || Secrets.IsSecret(wanted):
                if (!JsonNode.DeepEquals(Secrets.Reveal(old), Secrets.Reveal(wanted)))
                {
                    paths.Add(path);
                }

                break;
            case (JsonObject before, JsonObject after):
                foreach (var name in before.Select(field => field.Key).Union(after.Select(field => field.Key)))
                {
                    Compare(before[name], after[name], path.Length == 0 ? name : $"{path}.{name}", paths);
                }

                break;
            case (JsonArray before, JsonArray after) when before.Count == after.Count:
                for (var i = 0; i < before.Count; i++)
                {
                    Compare(before[i], after[i], $"{path}[{i}]", paths);
                }

                break;
            default:
                if (!JsonNode.DeepEquals(old, wanted))
                {
                    paths.Add(path);
                }

                break;
        }
    }
}
