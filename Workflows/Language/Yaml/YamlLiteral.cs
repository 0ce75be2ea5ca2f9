using System.Globalization;
using System.Text.Json;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Yaml;

/// <summary>The JSON value of a scalar; what is a number, and what a text that looks like one, see <see cref="YamlScalar.IsNumber"/>.</summary>
internal static class YamlLiteral
{
    private static readonly JsonElement Null = JsonElement.Parse("null");
    private static readonly JsonElement True = JsonElement.Parse("true");
    private static readonly JsonElement False = JsonElement.Parse("false");

    public static JsonElement Of(YamlScalar scalar) =>
        scalar.IsNull ? Null
        : scalar.Boolean is { } flag ? (flag ? True : False)
        : scalar.IsShortNumber ? JsonElement.Parse(scalar.Text.TrimStart('+'))
        : scalar.IsNumber ? JsonElement.Parse(NumberText.Of(double.Parse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture)))
        : Text(scalar.Text);

    public static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, WorkflowJson.Options);
}
