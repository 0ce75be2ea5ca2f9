using System.Collections.Immutable;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Provisioning.Programs;

// What stands as a value: expressions, references, plain values, and mappings field by field.
internal sealed partial class ProgramReader
{
    private static readonly string[] Functions = ["join", "split", "select", "toJSON", "toBase64", "fromBase64", "secret", "readFile"];

    private Expression ReadExpression(YamlNode node)
    {
        var place = node.PlaceOf();
        switch (node)
        {
            case YamlScalarNode scalar:
                return scalar.ValueOf() is JsonValue value && value.TryGetValue<string>(out var text) ? Interpolate(text, place) : new Literal(place, scalar.ValueOf());
            case YamlSequenceNode sequence:
                return new ListExpression(place, [.. sequence.Children.Select(ReadExpression)]);
            case YamlMappingNode mapping:
                var fields = Fields(mapping, "this value").ToList();
                if (fields is [{ Key: var function } only] && function.StartsWith("fn::", StringComparison.Ordinal))
                {
                    return ReadFunction(function[4..], only.Place, only.Value);
                }

                return new ObjectExpression(place, [.. fields.Select(field => KeyValuePair.Create(field.Key, ReadExpression(field.Value)))]);
            default:
                Report(place, "yaml", "aliases are not part of Pulumi YAML");
                return new Literal(place, null);
        }
    }

    private FunctionCall ReadFunction(string function, Place place, YamlNode argument)
    {
        if (!Functions.Contains(function))
        {
            Report(place, "unknown-function", $"the embedded engine knows no 'fn::{function}': expected one of {string.Join(", ", Functions.Select(known => "fn::" + known))}");
        }

        var read = ReadExpression(argument);
        if (function is "join" or "split" or "select" && read is not ListExpression { Items.Length: 2 })
        {
            Report(argument.PlaceOf(), "function-argument", $"fn::{function} takes a list of two");
        }

        return new FunctionCall(place, function, read);
    }

    private Expression Interpolate(string text, Place place)
    {
        try
        {
            return Interpolator.Parse(text, place);
        }
        catch (FormatException e)
        {
            Report(place, "interpolation", e.Message);
            return new Literal(place, text);
        }
    }

    private Reference? ReadReference(YamlNode node, string what)
    {
        if (ReadExpression(node) is Reference reference)
        {
            return reference;
        }

        Report(node.PlaceOf(), "reference", $"'{what}' takes a reference to a resource, as in ${{vpc}}");
        return null;
    }

    private ImmutableArray<string> Paths(YamlNode node) => [.. Items(node).Select(item => Text(item, "path")).OfType<string>()];

    private static IEnumerable<YamlNode> Items(YamlNode node) => node is YamlSequenceNode sequence ? sequence.Children : [node];

    /// <summary>A value without references.</summary>
    private JsonNode? Plain(YamlNode node) => node switch
    {
        YamlScalarNode scalar => scalar.ValueOf(),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Plain)]),
        YamlMappingNode => new JsonObject(Fields(node, "this value").Select(field => KeyValuePair.Create(field.Key, Plain(field.Value)))),
        _ => null,
    };

    private bool Flag(YamlNode node, string what)
    {
        if (node is YamlScalarNode scalar && scalar.ValueOf() is JsonValue value && value.TryGetValue<bool>(out var flag))
        {
            return flag;
        }

        Report(node.PlaceOf(), "type", $"'{what}' is true or false");
        return false;
    }

    private string? Text(YamlNode node, string what)
    {
        if (node is YamlScalarNode { Value: { Length: > 0 } text })
        {
            return text;
        }

        Report(node.PlaceOf(), "type", $"'{what}' is a text");
        return null;
    }

    private IEnumerable<(string Key, Place Place, YamlNode Value)> Fields(YamlNode node, string what)
    {
        if (node is not YamlMappingNode mapping)
        {
            if (node is not YamlScalarNode { Value: null or "" })
            {
                Report(node.PlaceOf(), "type", $"expected a mapping in {what}");
            }

            yield break;
        }

        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: { } name })
            {
                yield return (name, key.PlaceOf(), value);
            }
            else
            {
                Report(key.PlaceOf(), "yaml", "a key is a text");
            }
        }
    }
}
