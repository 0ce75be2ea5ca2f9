using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Orchestrator.Server.Logging;

/// <summary>
/// An entry as one JSON object: <c>time</c>, <c>level</c>, <c>category</c>, <c>event</c>, <c>message</c>, <c>server</c>, <c>properties</c> (those of
/// the message and of the scopes around it), <c>exception</c>, <c>traceId</c>, <c>spanId</c>. Numbers and truth values stay what they are; anything else is text.
/// </summary>
internal static class LogJson
{
    // Chinese stays readable; control characters are escaped by every encoder, and what turns the direction of writing by Output.TerminalWriter.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public static string Write(LogEntry entry, string server)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            json.WriteString("time", entry.At.UtcDateTime);
            json.WriteString("level", entry.Level.ToString());
            json.WriteString("category", entry.Category);
            if (entry.Event.Id != 0) json.WriteNumber("event", entry.Event.Id);
            json.WriteString("message", entry.Message);
            json.WriteString("server", server);
            if (entry.Properties.Count + entry.Scopes.Count > 0)
            {
                json.WriteStartObject("properties");
                foreach (var (key, value) in entry.Properties.Concat(entry.Scopes)) Write(json, key, value);
                json.WriteEndObject();
            }

            if (entry.Exception is { } exception) json.WriteString("exception", exception.ToString());
            if (entry.Trace is { } trace)
            {
                json.WriteString("traceId", trace.TraceId.ToHexString());
                json.WriteString("spanId", trace.SpanId.ToHexString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, string key, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(key);
                break;
            case bool flag:
                json.WriteBoolean(key, flag);
                break;
            case byte or short or int or long:
                json.WriteNumber(key, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(key, number);
                break;
            case DateTimeOffset time:
                json.WriteString(key, time);
                break;
            default:
                json.WriteString(key, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
