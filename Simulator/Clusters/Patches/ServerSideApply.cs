using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>
/// Server-side apply, simplified: a field is a path to a leaf, lists are atomic, and each manager's fields stand in
/// <c>metadata.managedFields</c> as <c>fieldsV1</c>. Fields that a manager no longer applies and nobody else owns are removed.
/// </summary>
internal static class ServerSideApply
{
    /// <exception cref="StatusException">409: another manager owns a field with another value and the request does not force.</exception>
    public static JsonObject Apply(JsonObject? current, JsonObject applied, string manager, bool force, string apiVersion, DateTimeOffset now)
    {
        var result = current ?? [];
        var entries = ManagersOf(result);
        var wanted = Leaves(applied);
        var conflicts = entries
            .Where(entry => !(entry.Manager == manager && entry.Apply))
            .SelectMany(entry => entry.Fields.Where(field => wanted.TryGetValue(field, out var value) && !JsonNode.DeepEquals(Find(result, field), value))
                .Select(field => (entry.Manager, Field: field)))
            .ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw ConflictOf(conflicts);
        }

        foreach (var (owner, field) in conflicts)
        {
            entries.Where(entry => entry.Manager == owner).ToList().ForEach(entry => entry.Fields.Remove(field));
        }

        var mine = entries.FirstOrDefault(entry => entry.Manager == manager && entry.Apply);
        if (mine is not null)
        {
            foreach (var field in mine.Fields.Where(field => !wanted.ContainsKey(field) && !entries.Any(other => other != mine && other.Fields.Contains(field))))
            {
                Remove(result, field);
            }
        }

        var changesOwnership = mine is null || !mine.Fields.SetEquals(wanted.Keys) || conflicts.Count > 0;
        Merge(result, applied);
        if (changesOwnership)
        {
            entries.RemoveAll(entry => entry == mine || entry.Fields.Count == 0);
            entries.Add(new ManagerEntry(manager, Apply: true, [.. wanted.Keys], apiVersion, KubeTime.Format(now)));
            var metadata = result["metadata"] as JsonObject ?? [];
            result["metadata"] = metadata.Parent is null ? metadata : result["metadata"];
            metadata["managedFields"] = new JsonArray([.. entries.Select(entry => entry.ToJson())]);
        }

        return result;
    }

    /// <summary>Notes in what another kind of write has left who owns the fields that it changed: its manager does, by operation Update, and nobody else does any more.</summary>
    public static JsonObject Own(JsonObject? before, JsonObject after, string manager, string apiVersion, DateTimeOffset now)
    {
        var (was, @is) = (Leaves(before ?? []), Leaves(after));
        var changed = @is.Where(leaf => !was.TryGetValue(leaf.Key, out var old) || !JsonNode.DeepEquals(old, leaf.Value)).Select(leaf => leaf.Key).Where(field => !IsKept(field)).ToHashSet();
        var gone = was.Keys.Where(field => !@is.ContainsKey(field)).ToHashSet();
        if (changed.Count == 0 && gone.Count == 0)
        {
            return after;
        }

        var entries = ManagersOf(before ?? []);
        foreach (var entry in entries)
        {
            entry.Fields.ExceptWith(gone);
            if (entry.Manager != manager || entry.Apply)
            {
                entry.Fields.ExceptWith(changed);
            }
        }

        var mine = entries.FirstOrDefault(entry => entry.Manager == manager && !entry.Apply);
        entries.RemoveAll(entry => entry == mine || entry.Fields.Count == 0);
        var fields = changed.Concat(mine?.Fields ?? []).ToHashSet();
        if (fields.Count > 0)
        {
            entries.Add(new ManagerEntry(manager, Apply: false, fields, apiVersion, KubeTime.Format(now)));
        }

        var metadata = after["metadata"] as JsonObject ?? [];
        after["metadata"] = metadata.Parent is null ? metadata : after["metadata"];
        metadata["managedFields"] = new JsonArray([.. entries.Select(entry => entry.ToJson())]);
        return after;
    }

    /// <summary>What the API server itself writes.</summary>
    private static bool IsKept(string field) =>
        field is "metadata\u0001uid" or "metadata\u0001creationTimestamp" or "metadata\u0001generation" || field == "status" || field.StartsWith("status\u0001", StringComparison.Ordinal);

    private static StatusException ConflictOf(List<(string Manager, string Field)> conflicts)
    {
        var causes = conflicts.Select(conflict => (JsonNode)new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with \"{conflict.Manager}\"",
            ["field"] = "." + conflict.Field.Replace('\u0001', '.'),
        });
        var names = string.Join(", ", conflicts.Select(conflict => $"\"{conflict.Manager}\": .{conflict.Field.Replace('\u0001', '.')}"));
        return new StatusException(409, "Conflict", $"Apply failed with {conflicts.Count} conflict(s): conflicts with {names}", new JsonObject { ["causes"] = new JsonArray([.. causes]) });
    }

    private static void Merge(JsonObject target, JsonObject applied)
    {
        foreach (var (name, value) in applied)
        {
            if (value is JsonObject inner && target[name] is JsonObject there)
            {
                Merge(there, inner);
            }
            else if (!JsonNode.DeepEquals(target[name], value))
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    private static Dictionary<string, JsonNode?> Leaves(JsonObject body)
    {
        var leaves = new Dictionary<string, JsonNode?>();
        void Walk(JsonObject map, string path)
        {
            foreach (var (name, value) in map)
            {
                var here = path.Length == 0 ? name : $"{path}\u0001{name}";
                if (here is "apiVersion" or "kind" or "metadata\u0001name" or "metadata\u0001namespace" or "metadata\u0001managedFields" or "metadata\u0001resourceVersion")
                {
                    continue;
                }

                if (value is JsonObject inner)
                {
                    Walk(inner, here);
                }
                else
                {
                    leaves[here] = value;
                }
            }
        }

        Walk(body, "");
        return leaves;
    }

    private static JsonNode? Find(JsonObject root, string field)
    {
        JsonNode? at = root;
        foreach (var part in field.Split('\u0001'))
        {
            at = (at as JsonObject)?[part];
        }

        return at;
    }

    private static void Remove(JsonObject root, string field)
    {
        var parts = field.Split('\u0001');
        JsonObject? at = root;
        foreach (var part in parts[..^1])
        {
            at = at?[part] as JsonObject;
        }

        at?.Remove(parts[^1]);
    }

    private static List<ManagerEntry> ManagersOf(JsonObject body) =>
        [.. (body["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>().Select(ManagerEntry.From)];

    private sealed record ManagerEntry(string Manager, bool Apply, HashSet<string> Fields, string ApiVersion, string Time)
    {
        public static ManagerEntry From(JsonObject entry)
        {
            var fields = new HashSet<string>();
            void Walk(JsonObject map, string path)
            {
                foreach (var (name, value) in map)
                {
                    var here = path.Length == 0 ? name[2..] : $"{path}\u0001{name[2..]}";
                    if (value is JsonObject { Count: > 0 } inner)
                    {
                        Walk(inner, here);
                    }
                    else
                    {
                        fields.Add(here);
                    }
                }
            }

            Walk(entry["fieldsV1"] as JsonObject ?? [], "");
            return new ManagerEntry(
                entry["manager"]?.GetValue<string>() ?? "",
                entry["operation"]?.GetValue<string>() == "Apply",
                fields,
                entry["apiVersion"]?.GetValue<string>() ?? "v1",
                entry["time"]?.GetValue<string>() ?? "");
        }

        public JsonObject ToJson()
        {
            var tree = new JsonObject();
            foreach (var field in Fields.Order(StringComparer.Ordinal))
            {
                var at = tree;
                foreach (var part in field.Split('\u0001'))
                {
                    var name = "f:" + part;
                    if (at[name] is not JsonObject next)
                    {
                        at[name] = next = [];
                    }

                    at = next;
                }
            }

            return new JsonObject
            {
                ["manager"] = Manager,
                ["operation"] = Apply ? "Apply" : "Update",
                ["apiVersion"] = ApiVersion,
                ["time"] = Time,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = tree,
            };
        }
    }
}
