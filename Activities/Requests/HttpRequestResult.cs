using System.ComponentModel;
using System.Text.Json;

namespace Orchestrator.Activities.Requests;

/// <summary>What was answered.</summary>
public sealed record HttpRequestResult
{
    public required int Status { get; init; }

    [Description("The body's media type; absent when it has none.")]
    public string? ContentType { get; init; }

    [Description("The body as a text, with what looks like a secret masked; at most 64 KiB of it. Absent when it is JSON.")]
    public string? Text { get; init; }

    [Description("The body as JSON, with the values of fields whose names sound secret masked.")]
    public JsonElement? Json { get; init; }

    [Description("The body was longer than is kept.")]
    public bool Truncated { get; init; }
}
