using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Http;

namespace Orchestrator.Server.Api;

/// <summary>
/// Arguments, inputs, results, facts and journal events leave the API with their secrets masked. The journal keeps them whole:
/// a run that goes on needs them.
/// </summary>
internal sealed class MaskedElement : JsonConverter<JsonElement>
{
    /// <summary>Parts of every secret-looking name, without the first letter, whose case is open.</summary>
    private static readonly byte[][] traces =
        [.. new[] { "://", "\\", "assw", "assphrase", "ecret", "oken", "pikey", "piKey", "pi-key", "pi_key", "ey\"", "uthorization", "redential", "ookie", "SSW", "ECRET", "OKEN", "KEY", "UTHOR", "REDENT", "OOKIE" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
    {
        if (value.ValueKind == JsonValueKind.Undefined) writer.WriteNullValue();
        else if (MayHoldSecrets(value)) Write(writer, value, secret: false);
        else value.WriteTo(writer);
    }

    /// <summary>The document with its secrets masked.</summary>
    public static JsonElement Of(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined || !MayHoldSecrets(value)) return value;

        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, value, secret: false);
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>The value of a property of this name with its secrets masked.</summary>
    public static JsonElement Of(string name, JsonElement value)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, value, Masking.IsSecretName(name));
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static bool MayHoldSecrets(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        foreach (var trace in traces)
        {
            if (raw.IndexOf(trace) >= 0) return true;
        }

        return false;
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, bool secret)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, Masking.IsSecretName(property.Name));
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item, secret);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                var text = value.GetString()!;
                writer.WriteStringValue(secret && text.Length > 0 ? Masking.Mask : Masking.Text(text));
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
