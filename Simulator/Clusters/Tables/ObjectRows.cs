using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Tables;

/// <summary>Objects as <c>meta.k8s.io/v1</c> writes them beside their own form: a Table with a row each, or their metadata alone.</summary>
internal static class ObjectRows
{
    /// <param name="include">What each row carries of its object: <c>None</c>, <c>Metadata</c> (by default) or <c>Object</c>.</param>
    public static JsonObject Table(ResourceKind kind, IEnumerable<JsonObject> objects, JsonObject metadata, string include, DateTimeOffset now)
    {
        var columns = KindColumns.Of(kind);
        var rows = new JsonArray();
        foreach (var body in objects)
        {
            var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(body, now))]) };
            if (include != "None")
            {
                row["object"] = include == "Object" ? body : Metadata(body);
            }

            rows.Add((JsonNode)row);
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = new JsonArray([.. columns.Select(column => new JsonObject
            {
                ["name"] = column.Name,
                ["type"] = column.Type,
                ["format"] = column.Format,
                ["description"] = "",
                ["priority"] = column.Priority,
            })]),
            ["rows"] = rows,
        };
    }

    public static JsonObject Metadata(JsonObject body) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = body["metadata"]?.DeepClone(),
    };

    public static JsonObject MetadataList(IEnumerable<JsonObject> objects, JsonObject metadata) => new()
    {
        ["kind"] = "PartialObjectMetadataList",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = metadata,
        ["items"] = new JsonArray([.. objects.Select(Metadata)]),
    };
}
