using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>How the engine and its activities write JSON: arguments, results, facts and journal entries alike.</summary>
public static class WorkflowJson
{
    /// <summary>
    /// Names in camel case, enums as kebab-case texts, nulls left out, times in ISO 8601, durations as <c>15m</c>
    /// (see <see cref="Duration"/>). Read-only.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The value as JSON.</summary>
    public static JsonElement ToElement<T>(T value) => JsonSerializer.SerializeToElement(value, Options);

    /// <summary>Throws <see cref="JsonException"/> when the JSON does not fit the type.</summary>
    public static T FromElement<T>(JsonElement element) =>
        element.Deserialize<T>(Options) ?? throw new JsonException($"null is not a {typeof(T).Name}");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // The texts go to JSON documents and terminals, never into HTML: keep them readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            // A discriminator need not come first: JSONB columns reorder properties.
            AllowOutOfOrderMetadataProperties = true,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new DurationJsonConverter() },
        };
        options.MakeReadOnly();
        return options;
    }
}
