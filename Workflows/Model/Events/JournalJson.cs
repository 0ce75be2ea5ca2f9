using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Workflows.Model.Events;

/// <summary>
/// How events are written: names in camel case, enums as kebab-case texts, nulls left
/// out, code generated at build time. What it once wrote it must read for ever.
/// </summary>
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(RunEvent[]))]
[JsonSerializable(typeof(StepError))]
public sealed partial class JournalJson : JsonSerializerContext
{
    /// <summary>The context to use everywhere.</summary>
    public static JournalJson Instance { get; } = new(Settings());

    internal static JsonSerializerOptions Settings() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };
}
