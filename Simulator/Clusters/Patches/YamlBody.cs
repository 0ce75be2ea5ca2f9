using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>A request body in JSON or YAML as JSON.</summary>
internal static class YamlBody
{
    /// <exception cref="StatusException">400: the body is neither.</exception>
    public static JsonNode Parse(ReadOnlySpan<byte> body, bool yamlToo)
    {
        try
        {
            return JsonNode.Parse(body) ?? throw StatusException.BadRequest("the body is empty");
        }
        catch (JsonException error) when (!yamlToo)
        {
            throw StatusException.BadRequest($"the body is no JSON: {error.Message}");
        }
        catch (JsonException)
        {
            return ParseYaml(System.Text.Encoding.UTF8.GetString(body));
        }
    }

    private static JsonNode ParseYaml(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count > 0 && Convert(stream.Documents[0].RootNode) is { } root ? root : throw StatusException.BadRequest("the body is empty");
        }
        catch (YamlException error)
        {
            throw StatusException.BadRequest($"the body is no YAML: {error.Message}");
        }
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value ?? ""),
        YamlScalarNode quoted => JsonValue.Create(quoted.Value),
        _ => null,
    };

    private static JsonValue? Plain(string value) => value switch
    {
        "" or "~" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(value),
    };
}
