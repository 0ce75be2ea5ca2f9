using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>Reads what a server, or something between it and us, has answered.</summary>
internal static class AnswerParsing
{
    private static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false };

    /// <summary>A name that stands twice would throw only when it is read; so it is refused here.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonNode? Of(ReadOnlySpan<byte> content) => JsonNode.Parse(content, documentOptions: strict);
}
