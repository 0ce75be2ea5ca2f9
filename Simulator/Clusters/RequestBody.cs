using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Patches;
using Orchestrator.Simulator.Clusters.Protobuf;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Reads what a client sends.</summary>
internal static class RequestBody
{
    /// <exception cref="StatusException">400: no object in JSON, YAML or protobuf; 415: another media type.</exception>
    public static async Task<JsonObject> ReadObjectAsync(HttpContext context)
    {
        var type = MediaType(context);
        if (type == ProtobufBody.MediaType)
        {
            return ProtobufBody.Parse(await ReadBytesAsync(context));
        }

        return type is "" or "application/json" or "application/yaml" or "application/x-www-form-urlencoded" || type.StartsWith("text/", StringComparison.Ordinal)
            ? AsObject(YamlBody.Parse(await ReadBytesAsync(context), yamlToo: true))
            : throw StatusException.UnsupportedBody(type);
    }

    public static JsonObject AsObject(JsonNode node) => node as JsonObject ?? throw StatusException.BadRequest("the body is no object");

    public static string MediaType(HttpContext context) => context.Request.ContentType?.Split(';')[0].Trim() ?? "";

    public static bool IsThere(HttpContext context) => context.Request.ContentLength is > 0 || context.Request.Headers.TransferEncoding.Count > 0;

    public static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var buffer = new MemoryStream((int)(context.Request.ContentLength ?? 1024));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }

    public static string? Query(HttpContext context, string name) => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;

    public static bool Flag(HttpContext context, string name) => Query(context, name) is "true" or "1";
}
