using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Schemas;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>Kubernetes' strategic merge patch: lists are merged by the key that their type declares, and directives (<c>$patch</c>, <c>$retainKeys</c>, …) say the rest.</summary>
internal static class StrategicPatch
{
    private const string Directive = "$patch";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    public static JsonObject Apply(JsonObject target, JsonObject patch, Shape shape)
    {
        switch (patch[Directive]?.ToString())
        {
            case "replace":
                var whole = patch.DeepClone().AsObject();
                whole.Remove(Directive);
                return whole;
            case "delete":
                return [];
            case null or "merge":
                break;
            case var other:
                throw StatusException.BadRequest($"Unknown patch type: {other}");
        }

        if (patch["$retainKeys"] is JsonArray retained)
        {
            var kept = retained.Select(name => name!.ToString()).ToHashSet(StringComparer.Ordinal);
            foreach (var name in target.Select(field => field.Key).Where(name => !kept.Contains(name)).ToList())
            {
                target.Remove(name);
            }
        }

        foreach (var (name, value) in patch.Where(field => !field.Key.StartsWith('$')))
        {
            var field = shape.FieldOrAnything(name);
            target[name] = (value, target[name]) switch
            {
                (JsonObject inner, JsonObject there) => Apply(MergePatch.Detach(target, name, there), inner, field),
                (JsonObject inner, _) => Apply([], inner, field),
                (JsonArray list, var there) when field.MergeKey is { } key => MergeItems(there as JsonArray ?? [], list, key, field.Item),
                (JsonArray list, JsonArray there) when field.MergesValues => new JsonArray([.. there.Concat(list).Select(item => item?.ToString()).Distinct().Select(item => (JsonNode?)item)]),
                _ => value?.DeepClone(),
            };
            if (value is null)
            {
                target.Remove(name);
            }
        }

        foreach (var (name, value) in patch.Where(field => field.Value is JsonArray))
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal) && target[name[DeletePrefix.Length..]] is JsonArray values)
            {
                values.RemoveAll(item => value!.AsArray().Any(gone => JsonNode.DeepEquals(gone, item)));
            }
            else if (name.StartsWith(OrderPrefix, StringComparison.Ordinal) && target[name[OrderPrefix.Length..]] is JsonArray items)
            {
                target[name[OrderPrefix.Length..]] = Ordered(items, value!.AsArray(), shape.FieldOrAnything(name[OrderPrefix.Length..]).MergeKey);
            }
        }

        return target;
    }

    private static JsonArray MergeItems(JsonArray old, JsonArray patch, string key, Shape item)
    {
        if (patch.OfType<JsonObject>().Any(element => element[Directive]?.ToString() == "replace"))
        {
            return new JsonArray([.. patch.OfType<JsonObject>().Where(element => element[Directive] is null).Select(element => element.DeepClone())]);
        }

        var merged = old.OfType<JsonObject>().Select(element => element.DeepClone().AsObject()).ToList();
        foreach (var element in patch)
        {
            if (element is not JsonObject map || map[key] is not { } named)
            {
                throw StatusException.BadRequest($"map: {element?.ToJsonString()} does not contain declared merge key: {key}");
            }

            var at = merged.FindIndex(there => JsonNode.DeepEquals(there[key], named));
            if (map[Directive]?.ToString() == "delete")
            {
                merged.RemoveAll(there => JsonNode.DeepEquals(there[key], named));
            }
            else if (at >= 0)
            {
                merged[at] = Apply(merged[at], map, item);
            }
            else
            {
                merged.Add(Apply([], map, item));
            }
        }

        return new JsonArray([.. merged]);
    }

    /// <summary>What the patch's author knows comes in his order, and behind it what others have added.</summary>
    private static JsonArray Ordered(JsonArray items, JsonArray order, string? key)
    {
        JsonNode? IdOf(JsonNode? item) => key is null ? item : item?[key];
        var places = order.Select((item, at) => (Id: IdOf(item), at)).ToList();
        int PlaceOf(JsonNode? item) => places.FindIndex(place => JsonNode.DeepEquals(place.Id, IdOf(item))) is >= 0 and var at ? at : int.MaxValue;
        return new JsonArray([.. items.OrderBy(PlaceOf).Select(item => item?.DeepClone())]);
    }
}
