using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Schemas;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>Who writes, and what of the object: the whole of it, or a subresource.</summary>
internal sealed record FieldWriter(string Manager, string ApiVersion, DateTimeOffset At, string? Subresource = null);

/// <summary>
/// Server-side apply. Each manager's fields stand in <c>metadata.managedFields</c>. Fields that a manager no longer applies and nobody
/// else owns are removed; a field that another manager owns with another value is a conflict.
/// </summary>
internal static class ServerSideApply
{
    /// <exception cref="StatusException">409: another manager owns a field with another value and the request does not force.</exception>
    public static JsonObject Apply(JsonObject? current, JsonObject applied, Shape shape, FieldWriter writer, bool force)
    {
        var result = current ?? [];
        var entries = ManagersOf(result);
        var wanted = FieldPaths.Leaves(applied, shape);
        var mine = entries.FirstOrDefault(entry => entry.Is(writer, apply: true));
        var conflicts = entries
            .Where(entry => entry != mine)
            .SelectMany(entry => entry.Fields.Where(field => wanted.TryGetValue(field, out var value) && value is not null && !JsonNode.DeepEquals(FieldPaths.Find(result, shape, field), value)).Select(field => (Owner: entry, Field: field)))
            .ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw ConflictOf(conflicts);
        }

        foreach (var (owner, field) in conflicts)
        {
            owner.Fields.Remove(field);
        }

        var left = (mine?.Fields ?? []).Where(field => !wanted.ContainsKey(field)).ToList();
        // An element goes before its fields: without its key it would not be found.
        foreach (var field in left.Where(field => !entries.Exists(other => other != mine && (other.Fields.Contains(field) || other.Fields.Any(theirs => FieldPaths.IsBelow(theirs, field))))).OrderBy(field => field.Length))
        {
            FieldPaths.Remove(result, shape, field);
        }

        var changesOwnership = mine is null || !mine.Fields.SetEquals(wanted.Keys) || conflicts.Count > 0;
        Merge(result, applied, shape);
        if (changesOwnership)
        {
            entries.RemoveAll(entry => entry == mine || entry.Fields.Count == 0);
            entries.Add(new ManagerEntry(writer, Apply: true, [.. wanted.Keys]));
            Write(result, entries);
        }

        return result;
    }

    /// <summary>Notes in what another kind of write has left who owns the fields that it changed: its manager does, by operation Update, and nobody else does any more.</summary>
    public static JsonObject Own(JsonObject? before, JsonObject after, Shape shape, FieldWriter writer)
    {
        var (was, @is) = (FieldPaths.Leaves(before ?? [], shape), FieldPaths.Leaves(after, shape));
        var changed = @is.Where(leaf => !was.TryGetValue(leaf.Key, out var old) || !JsonNode.DeepEquals(old, leaf.Value)).Select(leaf => leaf.Key).ToHashSet(StringComparer.Ordinal);
        var gone = was.Keys.Where(field => !@is.ContainsKey(field)).ToHashSet(StringComparer.Ordinal);
        var entries = ManagersOf(before ?? []);
        if (changed.Count > 0 || gone.Count > 0)
        {
            foreach (var entry in entries)
            {
                entry.Fields.ExceptWith(gone);
                if (!entry.Is(writer, apply: false))
                {
                    entry.Fields.ExceptWith(changed);
                }
            }

            var mine = entries.FirstOrDefault(entry => entry.Is(writer, apply: false));
            entries.RemoveAll(entry => entry == mine || entry.Fields.Count == 0);
            var fields = changed.Concat(mine?.Fields ?? []).ToHashSet(StringComparer.Ordinal);
            if (fields.Count > 0)
            {
                entries.Add(new ManagerEntry(writer, Apply: false, fields));
            }
        }

        // The entries are the server's: what a client writes there counts for nothing.
        Write(after, entries);
        return after;
    }

    private static StatusException ConflictOf(List<(ManagerEntry Owner, string Field)> conflicts)
    {
        var causes = conflicts.Select(conflict => (JsonNode)new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with {conflict.Owner.Show()}",
            ["field"] = FieldPaths.Show(conflict.Field),
        });
        var text = conflicts.Count == 1
            ? $"Apply failed with 1 conflict: conflict with {conflicts[0].Owner.Show()}: {FieldPaths.Show(conflicts[0].Field)}"
            : $"Apply failed with {conflicts.Count} conflicts: " + string.Join('\n', conflicts.GroupBy(conflict => conflict.Owner.Show()).Select(group => $"conflicts with {group.Key}:\n" + string.Join('\n', group.Select(conflict => $"- {FieldPaths.Show(conflict.Field)}"))));
        return new StatusException(409, "Conflict", text, new JsonObject { ["causes"] = new JsonArray([.. causes]) });
    }

    private static void Merge(JsonObject target, JsonObject applied, Shape shape)
    {
        foreach (var (name, value) in applied)
        {
            var field = shape.FieldOrAnything(name);
            switch (value, target[name])
            {
                case (JsonObject inner, JsonObject there) when !field.IsAtomicMap:
                    Merge(there, inner, field);
                    break;
                case (JsonArray list, JsonArray there) when !field.MapKeys.IsEmpty:
                    foreach (var item in list.OfType<JsonObject>())
                    {
                        if (FieldPaths.ItemAt(there, field, FieldPaths.KeyOf(item, field)) is { } same)
                        {
                            Merge(same, item, field.Item);
                        }
                        else
                        {
                            there.Add(item.DeepClone());
                        }
                    }

                    break;
                case (JsonArray list, JsonArray there) when field.IsSet:
                    foreach (var item in list.Where(item => !there.Any(old => JsonNode.DeepEquals(old, item))).ToList())
                    {
                        there.Add(item?.DeepClone());
                    }

                    break;
                case var (_, there) when !JsonNode.DeepEquals(there, value):
                    target[name] = value?.DeepClone();
                    break;
            }
        }
    }

    private static void Write(JsonObject body, List<ManagerEntry> entries)
    {
        if (body["metadata"] is not JsonObject metadata)
        {
            body["metadata"] = metadata = [];
        }

        metadata.Remove("managedFields");
        if (entries.Count > 0)
        {
            metadata["managedFields"] = new JsonArray([.. entries.Select(entry => entry.ToJson())]);
        }
    }

    private static List<ManagerEntry> ManagersOf(JsonObject body) =>
        [.. (body["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>().Select(ManagerEntry.From)];

    private sealed record ManagerEntry(string Manager, bool Apply, HashSet<string> Fields, string ApiVersion, string Time, string? Subresource)
    {
        public ManagerEntry(FieldWriter writer, bool Apply, HashSet<string> fields)
            : this(writer.Manager, Apply, fields, writer.ApiVersion, KubeTime.Format(writer.At), writer.Subresource)
        {
        }

        public bool Is(FieldWriter writer, bool apply) => Manager == writer.Manager && Apply == apply && Subresource == writer.Subresource;

        public string Show() =>
            $"\"{Manager}\"{(Subresource is null ? "" : $" with subresource \"{Subresource}\"")}{(Apply ? "" : $" using {ApiVersion}")}";

        public static ManagerEntry From(JsonObject entry) => new(
            entry["manager"]?.GetValue<string>() ?? "",
            entry["operation"]?.GetValue<string>() == "Apply",
            FieldPaths.FromTree(entry["fieldsV1"] as JsonObject ?? []),
            entry["apiVersion"]?.GetValue<string>() ?? "v1",
            entry["time"]?.GetValue<string>() ?? "",
            entry["subresource"]?.GetValue<string>());

        public JsonObject ToJson()
        {
            var entry = new JsonObject
            {
                ["manager"] = Manager,
                ["operation"] = Apply ? "Apply" : "Update",
                ["apiVersion"] = ApiVersion,
                ["time"] = Time,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = FieldPaths.ToTree(Fields),
            };
            if (Subresource is not null)
            {
                entry["subresource"] = Subresource;
            }

            return entry;
        }
    }
}
