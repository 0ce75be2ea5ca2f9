using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters.Objects;

/// <summary>A place in a table; <see cref="Namespace"/> is empty for objects of the whole cluster.</summary>
internal readonly record struct ObjectKey(string Namespace, string Name) : IComparable<ObjectKey>
{
    public int CompareTo(ObjectKey other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }
}

/// <summary>One version of an object, never changed: kept as the UTF-8 text it is answered with, which is compact and needs no work to list.</summary>
internal sealed record StoredObject(ObjectKey Key, long Version, FrozenDictionary<string, string> Labels, byte[] Json)
{
    public JsonObject Parse() => JsonNode.Parse(Json)!.AsObject();

    public static StoredObject From(ObjectKey key, long version, JsonObject body) =>
        new(key, version, LabelsOf(body), JsonSerializer.SerializeToUtf8Bytes(body, SimulatorJson.Default.JsonObject));

    private static FrozenDictionary<string, string> LabelsOf(JsonObject body) =>
        body["metadata"]?["labels"] is JsonObject labels
            ? labels.ToFrozenDictionary(label => label.Key, label => label.Value?.GetValue<string>() ?? "")
            : FrozenDictionary<string, string>.Empty;
}

internal enum ChangeType { Added, Modified, Deleted }

/// <summary>A change as watchers see it; <see cref="Before"/> tells a watcher with a selector what it saw last.</summary>
internal sealed record ObjectChange(ChangeType Type, StoredObject Object, StoredObject? Before)
{
    public long Version => Object.Version;
}
