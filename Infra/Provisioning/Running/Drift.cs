using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>
/// What somebody else changed of a resource: inputs of the state that its provider shows otherwise. What the provider does not show, and what the program never said, is no drift.
/// Texts and numbers that read the same are the same; so are lists of plain values in another order. Secrets are not compared.
/// </summary>
internal static class Drift
{
    /// <param name="changeable">Which inputs could be set right in place: of others nothing is said, since a difference in writing would replace the resource.</param>
    /// <returns>The inputs as they are now, and the paths at which they differ from the state's.</returns>
    public static (JsonObject Inputs, ImmutableArray<string> Paths) Of(JsonObject inputs, JsonObject seen, Func<string, bool> changeable)
    {
        var paths = ImmutableArray.CreateBuilder<string>();
        var now = inputs.DeepClone().AsObject();
        foreach (var (name, value) in inputs.Where(input => changeable(input.Key)))
        {
            if (Now(value, seen[name], name, paths) is { } changed)
            {
                now[name] = changed;
            }
        }

        return (now, paths.ToImmutable());
    }

    /// <summary>The value as the provider shows it; null: as it was, or not to be told.</summary>
    private static JsonNode? Now(JsonNode? input, JsonNode? seen, string path, ImmutableArray<string>.Builder paths)
    {
        switch (input, seen)
        {
            case var _ when Secrets.Within(input) || Secrets.Within(seen):
                return null;
            case (JsonObject before, JsonObject after):
                JsonObject? map = null;
                foreach (var (name, value) in before)
                {
                    if (Now(value, after[name], $"{path}.{name}", paths) is { } changed)
                    {
                        (map ??= before.DeepClone().AsObject())[name] = changed;
                    }
                }

                return map;
            case (JsonArray before, JsonArray after) when before.All(IsScalar) && after.All(IsScalar):
                if (before.Select(Text).Order(StringComparer.Ordinal).SequenceEqual(after.Select(Text).Order(StringComparer.Ordinal)))
                {
                    return null;
                }

                paths.Add(path);
                return after.DeepClone();
            case (JsonArray before, JsonArray after) when before.Count == after.Count:
                JsonArray? list = null;
                for (var i = 0; i < before.Count; i++)
                {
                    if (Now(before[i], after[i], $"{path}[{i}]", paths) is { } changed)
                    {
                        (list ??= before.DeepClone().AsArray())[i] = changed;
                    }
                }

                return list;
            case (JsonValue before, JsonValue after) when Text(before) != Text(after):
                paths.Add(path);
                return before.GetValueKind() == JsonValueKind.String ? JsonValue.Create(Text(after)) : after.DeepClone();
            default:
                return null;
        }
    }

    private static bool IsScalar(JsonNode? node) => node is JsonValue;

    private static string Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node?.ToJsonString() ?? "";
}
