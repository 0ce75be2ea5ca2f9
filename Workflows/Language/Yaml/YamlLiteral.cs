using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Yaml;

/// <summary>
/// The JSON value of a scalar by YAML 1.2's core schema, save that numbers with leading zeros, hexadecimal and octal
/// ones stay texts: in runbooks these are names.
/// </summary>
internal static partial class YamlLiteral
{
    private static readonly JsonElement Null = JsonElement.Parse("null");
    private static readonly JsonElement True = JsonElement.Parse("true");
    private static readonly JsonElement False = JsonElement.Parse("false");

    public static JsonElement Of(YamlScalar scalar)
    {
        if (!scalar.IsPlain)
        {
            return Text(scalar.Text);
        }

        return scalar.Text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => Null,
            "true" or "True" or "TRUE" => True,
            "false" or "False" or "FALSE" => False,
            var text when Number().IsMatch(text) => JsonElement.Parse(text.TrimStart('+')),
            var text when Fraction().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                => JsonElement.Parse(NumberText.Of(number)),
            var text => Text(text),
        };
    }

    public static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, WorkflowJson.Options);

    [GeneratedRegex(@"\A[+-]?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"\A[+-]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Fraction();
}
