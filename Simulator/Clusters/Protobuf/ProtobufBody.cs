using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Protobuf;

/// <summary>
/// A request body in <c>application/vnd.kubernetes.protobuf</c> as JSON: four magic bytes, an envelope with version and kind, and the object.
/// Go writes fields that are no pointers even when they are empty, so what is empty here is left out, where leaving it out changes nothing.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static readonly byte[] Magic = [0x6b, 0x38, 0x73, 0];

    /// <summary>Fields whose message has no name of its own in JSON.</summary>
    private static readonly FrozenSet<string> Inline = new[] { "volumeSource", "handler", "localObjectReference", "ephemeralContainerCommon" }.ToFrozenSet();

    /// <summary>Fields whose zero or false says something else than their absence.</summary>
    private static readonly FrozenSet<string> ZeroCounts = new[]
    {
        "replicas", "completions", "parallelism", "backoffLimit", "ttlSecondsAfterFinished", "gracePeriodSeconds", "terminationGracePeriodSeconds", "revisionHistoryLimit",
        "automountServiceAccountToken", "enableServiceLinks", "allowPrivilegeEscalation", "runAsNonRoot", "runAsUser", "runAsGroup", "hostUsers", "priority",
    }.ToFrozenSet();

    /// <summary>Fields whose empty message says something else than its absence.</summary>
    private static readonly FrozenSet<string> EmptyCounts = new[] { "emptyDir", "selector" }.ToFrozenSet();

    /// <exception cref="StatusException">400: no such body, or a kind that this server has no message of.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
        {
            throw StatusException.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }

        try
        {
            var (version, kind) = ("", "");
            ReadOnlySpan<byte> raw = [];
            var envelope = new WireReader(body[Magic.Length..]);
            while (envelope.Next(out var field, out _, out var bytes))
            {
                if (field == 1)
                {
                    var type = new WireReader(bytes);
                    while (type.Next(out var part, out _, out var text))
                    {
                        (version, kind) = part == 1 ? (Encoding.UTF8.GetString(text), kind) : (version, Encoding.UTF8.GetString(text));
                    }
                }
                else if (field == 2)
                {
                    raw = bytes;
                }
            }

            var message = Messages.Find(kind) is null ? throw StatusException.BadRequest($"no kind \"{kind}\" is registered for version \"{version}\" in protobuf") : Message(kind, raw);
            message["apiVersion"] = version;
            message["kind"] = kind;
            return message;
        }
        catch (InvalidDataException error)
        {
            throw StatusException.BadRequest($"the body is no protobuf: {error.Message}");
        }
    }

    private static JsonObject Message(string type, ReadOnlySpan<byte> bytes)
    {
        var result = new JsonObject();
        var fields = Messages.Find(type)!;
        var reader = new WireReader(bytes);
        while (reader.Next(out var number, out var value, out var content))
        {
            if (!fields.TryGetValue(number, out var field))
            {
                continue;
            }

            if (field.IsMap)
            {
                var map = result[field.Name] as JsonObject ?? [];
                result[field.Name] = map.Parent is null ? map : result[field.Name]!;
                Entry(map, field, content);
                continue;
            }

            var node = Value(field, value, content);
            if (field.IsList)
            {
                var list = result[field.Name] as JsonArray ?? [];
                if (list.Parent is null)
                {
                    result[field.Name] = list;
                }

                list.Add(node);
            }
            else if (Inline.Contains(field.Name) && node is JsonObject inner)
            {
                foreach (var (name, part) in inner.ToList())
                {
                    inner.Remove(name);
                    result[name] = part;
                }
            }
            else if (!IsEmpty(field, node))
            {
                result[field.Name] = node;
            }
        }

        return result;
    }

    private static bool IsEmpty(MessageField field, JsonNode? node) => node switch
    {
        null => true,
        JsonObject map => map.Count == 0 && !EmptyCounts.Contains(field.Name),
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length == 0,
        JsonValue value when value.TryGetValue<long>(out var number) => number == 0 && field.Type != "IntOrString" && !ZeroCounts.Contains(field.Name),
        JsonValue value when value.TryGetValue<bool>(out var flag) => !flag && !ZeroCounts.Contains(field.Name),
        _ => false,
    };

    private static void Entry(JsonObject map, MessageField field, ReadOnlySpan<byte> content)
    {
        var key = "";
        JsonNode? value = field.Type is "string" or "bytes" ? "" : null;
        var reader = new WireReader(content);
        while (reader.Next(out var part, out var number, out var bytes))
        {
            if (part == 1)
            {
                key = Encoding.UTF8.GetString(bytes);
            }
            else if (part == 2)
            {
                value = Value(field, number, bytes);
            }
        }

        map[key] = value;
    }

    private static JsonNode? Value(MessageField field, ulong number, ReadOnlySpan<byte> bytes) => field.Type switch
    {
        "string" => Encoding.UTF8.GetString(bytes),
        "bytes" => Convert.ToBase64String(bytes),
        "bool" => number != 0,
        "int32" or "int64" => (long)number,
        "double" => BitConverter.UInt64BitsToDouble(number),
        "Quantity" => First(bytes),
        "IntOrString" => IntOrString(bytes),
        "Time" or "MicroTime" => Time(bytes, field.Type == "MicroTime"),
        "FieldsV1" => First(bytes) is { Length: > 0 } json ? JsonNode.Parse(json) : null,
        var message => Messages.Find(message) is null ? null : Message(message, bytes),
    };

    private static string First(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        return reader.Next(out _, out _, out var text) ? Encoding.UTF8.GetString(text) : "";
    }

    private static JsonNode IntOrString(ReadOnlySpan<byte> bytes)
    {
        var (isText, whole, text) = (false, 0L, "");
        var reader = new WireReader(bytes);
        while (reader.Next(out var field, out var number, out var content))
        {
            switch (field)
            {
                case 1:
                    isText = number != 0;
                    break;
                case 2:
                    whole = (long)number;
                    break;
                default:
                    text = Encoding.UTF8.GetString(content);
                    break;
            }
        }

        return isText ? text : whole;
    }

    private static JsonNode? Time(ReadOnlySpan<byte> bytes, bool micro)
    {
        var (seconds, nanos) = (0L, 0L);
        var reader = new WireReader(bytes);
        while (reader.Next(out var field, out var number, out _))
        {
            (seconds, nanos) = field == 1 ? ((long)number, nanos) : (seconds, (long)number);
        }

        return seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100).UtcDateTime
            .ToString(micro ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }
}
