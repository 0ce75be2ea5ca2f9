using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Alibaba.Products;

/// <summary>Reads single values of an answer.</summary>
internal static class AnswerReading
{
    /// <summary>Null when it is away; numbers as text.</summary>
    public static string? Find(this JsonObject answer, string name) => answer[name] is JsonValue value ? value.ToString() : null;
}
