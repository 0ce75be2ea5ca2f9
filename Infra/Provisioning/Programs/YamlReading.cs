using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>YAML nodes as places and JSON values.</summary>
internal static partial class YamlReading
{
    public static Position PositionOf(this YamlNode node) => new((int)node.Start.Line, (int)node.Start.Column);

    /// <summary>True for what is written without quotes and without a tag: only that may be a number, a flag or null.</summary>
    public static bool IsPlain(this YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty;

    /// <summary>
    /// The value of a scalar as Pulumi's reader (Go's yaml.v3) takes it: <c>010</c> and <c>0o10</c> are 8, <c>0x1F</c> is 31, <c>1_000</c> is 1000,
    /// <c>yes</c> and <c>12:30</c> are texts, and so is what is quoted or tagged <c>!!str</c>.
    /// </summary>
    public static JsonNode? ValueOf(this YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (!scalar.IsPlain())
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ => Number(text) ?? JsonValue.Create(text),
        };
    }

    private static JsonValue? Number(string text)
    {
        if (text[0] is not ((>= '0' and <= '9') or '+' or '-' or '.'))
        {
            return null;
        }

        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (Integer().IsMatch(digits))
        {
            var negative = digits[0] == '-';
            var plain = digits.TrimStart('+', '-');
            var (numerals, numeralBase) = plain switch
            {
                ['0', 'x' or 'X', ..] => (plain[2..], 16),
                ['0', 'b' or 'B', ..] => (plain[2..], 2),
                ['0', 'o' or 'O', ..] => (plain[2..], 8),
                ['0', _, ..] when plain.All(c => c is >= '0' and <= '7') => (plain[1..], 8),
                _ => (plain, 10),
            };
            if (numeralBase == 10)
            {
                // 0008 is no octal number: Pulumi's reader takes it as a float.
                return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) ? JsonValue.Create(integer) : Float(digits);
            }

            var value = numerals.Aggregate(System.Numerics.BigInteger.Zero, (sum, c) => (sum * numeralBase) + Convert.ToInt32(c.ToString(), 16));
            value = negative ? -value : value;
            return value >= long.MinValue && value <= long.MaxValue ? JsonValue.Create((long)value) : null;
        }

        return Fraction().IsMatch(digits) ? Float(digits) : null;
    }

    private static JsonValue? Float(string digits) =>
        double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number) : null;

    [GeneratedRegex("^[-+]?(0[xX][0-9a-fA-F]{1,32}|0[bB][01]{1,80}|0[oO][0-7]{1,40}|[0-9]{1,40})$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Fraction();
}
