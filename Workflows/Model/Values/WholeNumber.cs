using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>
/// Whole numbers, however they are written: <c>4</c>, <c>4.0</c> and <c>4e0</c> are the same everywhere (file, default,
/// API, command line, run). Decided by the digits, so that no large one loses any and <c>1e-400</c> is none.
/// </summary>
public static class WholeNumber
{
    /// <summary>The number of a JSON number's text; false when it is not whole, or beyond 64 bits.</summary>
    public static bool TryParse(string text, out long number)
    {
        number = 0;
        var e = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = e < 0 ? text.AsSpan() : text.AsSpan(0, e);
        var negative = mantissa.StartsWith('-');
        mantissa = mantissa.TrimStart('-').TrimStart('+');
        var dot = mantissa.IndexOf('.');
        var all = dot < 0 ? mantissa.ToString() : string.Concat(mantissa[..dot], mantissa[(dot + 1)..]);
        if (all.Length == 0 || !all.All(char.IsAsciiDigit))
        {
            return false;
        }

        var digits = all.TrimStart('0');
        if (digits.Length == 0)
        {
            return true;
        }

        // An exponent of more digits than these leaves 64 bits on either side.
        if (e >= 0 && !int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            return false;
        }

        var zeros = (e < 0 ? 0L : int.Parse(text.AsSpan(e + 1), CultureInfo.InvariantCulture)) - (dot < 0 ? 0 : mantissa.Length - dot - 1);
        var significant = digits.TrimEnd('0');
        zeros += digits.Length - significant.Length;
        return zeros >= 0 && significant.Length + zeros <= 19
            && long.TryParse($"{(negative ? "-" : "")}{significant}{new string('0', (int)zeros)}", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    public static bool TryRead(JsonElement value, out long number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && TryParse(value.GetRawText(), out number);
    }

    /// <summary>The value with every whole number in it written without a fraction or exponent.</summary>
    public static JsonElement Normalise(JsonElement value) => JsonSerializer.SerializeToElement(Server(value), WorkflowJson.Options);

    private static JsonNode? Server(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when TryRead(value, out var whole) => JsonValue.Create(whole),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(Server)]),
        JsonValueKind.Object => new JsonObject(value.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Server(member.Value)))),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => JsonValue.Create(value),
    };
}
