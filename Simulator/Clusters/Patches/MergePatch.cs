using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>RFC 7386, and Kubernetes' strategic merge on top of it for lists whose elements have a known key.</summary>
internal static class MergePatch
{
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                target[name] = Apply(target[name] is JsonObject there ? Detach(target, name, there) : [], inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }

        return target;
    }

    public static JsonObject ApplyStrategic(JsonObject target, JsonObject patch)
    {
        if (patch["$patch"]?.GetValue<string>() == "replace")
        {
            var whole = patch.DeepClone().AsObject();
            whole.Remove("$patch");
            return whole;
        }

        foreach (var (name, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject inner:
                    target[name] = ApplyStrategic(target[name] is JsonObject there ? Detach(target, name, there) : [], inner);
                    break;
                case JsonArray list when target[name] is JsonArray old && MergeKeyOf(name, list) is { } key:
                    target[name] = MergeList(old, list, key);
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }

        return target;
    }

    private static JsonArray MergeList(JsonArray old, JsonArray patch, string key)
    {
        var merged = old.Select(item => item!.DeepClone().AsObject()).ToList();
        foreach (var element in patch.OfType<JsonObject>())
        {
            var at = merged.FindIndex(item => JsonNode.DeepEquals(item[key], element[key]));
            if (element["$patch"]?.GetValue<string>() == "delete")
            {
                if (at >= 0)
                {
                    merged.RemoveAt(at);
                }
            }
            else if (at >= 0)
            {
                merged[at] = ApplyStrategic(merged[at], element);
            }
            else
            {
                merged.Add(element.DeepClone().AsObject());
            }
        }

        return new JsonArray([.. merged]);
    }

    private static string? MergeKeyOf(string field, JsonArray patch)
    {
        var key = field switch
        {
            "containers" or "initContainers" or "env" or "volumes" => "name",
            "conditions" => "type",
            "taints" => "key",
            "ports" => patch.OfType<JsonObject>().All(port => port.ContainsKey("containerPort")) ? "containerPort" : "port",
            "ownerReferences" => "uid",
            _ => null,
        };
        return key is not null && patch.All(item => item is JsonObject element && element.ContainsKey(key)) ? key : null;
    }

    private static JsonObject Detach(JsonObject parent, string name, JsonObject child)
    {
        parent.Remove(name);
        return child;
    }
}
