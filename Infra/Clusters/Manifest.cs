using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Clusters;

/// <summary>An object as a manifest has it.</summary>
/// <param name="Line">Where it begins, from 1.</param>
public sealed record ManifestObject(ObjectName Name, JsonObject Body, int Line);

/// <summary>Reads manifests: one or several objects in YAML or JSON, parted by <c>---</c>; a <c>List</c> counts as its items.</summary>
public static class Manifest
{
    /// <exception cref="FormatException">The text is no manifest; the message names the line and what is missing.</exception>
    public static ImmutableArray<ManifestObject> Parse(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {e.Start.Line}: this is no YAML: {e.Message}"), e);
        }

        var objects = ImmutableArray.CreateBuilder<ManifestObject>();
        foreach (var document in stream.Documents)
        {
            var line = (int)document.RootNode.Start.Line;
            // What stands between two separators may be nothing but a comment.
            if (document.RootNode is YamlScalarNode { Value: null or "" })
            {
                continue;
            }

            var body = Convert(document.RootNode) as JsonObject ?? throw Wrong(line, "this is no object; it begins with apiVersion, kind and metadata");
            if (body["kind"]?.ToString() == "List" && body["items"] is JsonArray items)
            {
                objects.AddRange(items.Select(item => Object(item?.DeepClone() as JsonObject ?? throw Wrong(line, "an item of the List is no object"), line)));
            }
            else
            {
                objects.Add(Object(body, line));
            }
        }

        return objects.Count > 0 ? objects.ToImmutable() : throw new FormatException("the manifest has no object");
    }

    private static ManifestObject Object(JsonObject body, int line)
    {
        var metadata = body["metadata"] as JsonObject ?? throw Wrong(line, "metadata is missing");
        return new ManifestObject(
            new ObjectName(
                Text(body, "apiVersion") ?? throw Wrong(line, "apiVersion is missing, as in apps/v1"),
                Text(body, "kind") ?? throw Wrong(line, "kind is missing"),
                Text(metadata, "namespace"),
                Text(metadata, "name") ?? throw Wrong(line, "metadata.name is missing; an object that is applied has a name (generateName is for objects that are created)")),
            body,
            line);
    }

    private static string? Text(JsonObject map, string name) => map[name] is JsonValue value && value.ToString() is { Length: > 0 } text ? text : null;

    private static FormatException Wrong(int line, string what) => new(string.Create(CultureInfo.InvariantCulture, $"line {line}: {what}"));

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value ?? ""),
        YamlScalarNode quoted => JsonValue.Create(quoted.Value),
        _ => null,
    };

    /// <summary>As Kubernetes reads plain scalars: YAML 1.2 with the words of 1.1 for true and false left as they are.</summary>
    private static JsonValue? Plain(string value) => value switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(value),
    };
}
