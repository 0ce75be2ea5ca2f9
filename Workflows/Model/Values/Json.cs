using System.Buffers;
using System.Text.Json;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>JSON values that the interpreter makes itself.</summary>
internal static class Json
{
    public static JsonElement Null { get; } = JsonElement.Parse("null");

    public static JsonElement Object(Action<Utf8JsonWriter> members) => Write(writer =>
    {
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
    });

    public static JsonElement Of(string text) => Write(writer => writer.WriteStringValue(text));

    public static JsonElement Of(int number) => Write(writer => writer.WriteNumberValue(number));

    /// <summary>An enum's value as journals and expressions write it.</summary>
    public static string Kebab<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static JsonElement Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
