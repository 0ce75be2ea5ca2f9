using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Provisioning.Programs;

// What stands as a value: expressions, references, plain values, and mappings field by field.
internal sealed partial class ProgramReader
{
    private static readonly string[] Functions = ["join", "split", "select", "toJSON", "toBase64", "fromBase64", "secret", "readFile"];

    /// <summary>Functions that Pulumi YAML has and the embedded engine has not.</summary>
    private static readonly string[] OtherFunctions =
    [
        "invoke", "stackReference", "unsecret", "length", "sha1", "filebase64", "filebase64sha256", "singleOrNone", "pulumiResourceName", "pulumiResourceType",
        "stringAsset", "fileAsset", "remoteAsset", "fileArchive", "remoteArchive", "assetArchive",
    ];

    private Expression ReadExpression(YamlNode node)
    {
        var position = node.PositionOf();
        switch (node)
        {
            case YamlScalarNode scalar:
                var value = scalar.ValueOf();
                if (value is JsonValue given && given.TryGetValue<string>(out var text))
                {
                    return Interpolate(text, position);
                }

                return new Literal(position, value, value is null ? null : scalar.Value);
            case YamlSequenceNode sequence:
                return new ListExpression(position, [.. sequence.Children.Select(ReadExpression)]);
            case YamlMappingNode mapping:
                var fields = Fields(mapping, "this value").ToList();
                var functions = fields.Where(field => IsFunctionLike(field.Key)).ToList();
                if (functions.Count > 0)
                {
                    return ReadFunction(fields, functions);
                }

                foreach (var field in fields.Where(field => field.Key is Secrets.SignatureKey or Secrets.Unknown))
                {
                    Report(field.Position, "reserved", $"'{field.Key}' is a key by which Pulumi knows secrets and unknown values; write a secret with fn::secret");
                }

                return new ObjectExpression(
                    position, [.. fields.Select(field => KeyValuePair.Create(field.Key, ReadExpression(field.Value)))], [.. fields.Select(field => field.Position)]);
            default:
                Report(position, "yaml-alias", "aliases are not part of Pulumi YAML");
                return new Literal(position, null);
        }
    }

    /// <summary>True for <c>fn::join</c> and whatever somebody may have meant by it: <c>Fn::Join</c>, <c>fn:join</c>, <c>fn :: join</c>.</summary>
    private static bool IsFunctionLike(string key) => FunctionLike().IsMatch(key);

    [GeneratedRegex(@"^\s*fn\s*:", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FunctionLike();

    private Expression ReadFunction(List<(string Key, Position Position, YamlNode Value)> fields, List<(string Key, Position Position, YamlNode Value)> functions)
    {
        var (key, position, argument) = functions[0];
        foreach (var function in functions)
        {
            if (Complaint(function.Key) is { } complaint)
            {
                Report(function.Position, "unknown-function", complaint);
            }
        }

        if (fields.Count > 1)
        {
            var others = fields.Where(field => field.Key != key).Select(field => $"'{field.Key}'");
            Report(position, "function-siblings", $"'{key}' stands beside {string.Join(", ", others)}: a function is the only key of its map; give each a value of its own");
        }

        var name = key.StartsWith("fn::", StringComparison.Ordinal) ? key[4..] : "";
        var read = ReadExpression(argument);
        if (name is "join" or "split" or "select" && read is not ListExpression { Items.Length: 2 })
        {
            Report(argument.PositionOf(), "function-argument", $"fn::{name} takes a list of two");
        }

        return Functions.Contains(name) ? new FunctionCall(position, name, read) : new Literal(position, null);
    }

    /// <summary>What is wrong with a function's name; null: nothing.</summary>
    private static string? Complaint(string key)
    {
        if (key.StartsWith("fn::", StringComparison.Ordinal) && Functions.Contains(key[4..]))
        {
            return null;
        }

        var name = key.Split(':').Select(part => part.Trim()).Skip(1).FirstOrDefault(part => part.Length > 0) ?? "";
        var known = Functions.FirstOrDefault(function => function.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (known is not null && key.Count(c => c == ':') <= 2)
        {
            return $"'{key}' is no function; did you mean fn::{known}?";
        }

        if (OtherFunctions.FirstOrDefault(function => function.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            return $"'fn::{other}' is part of Pulumi YAML, and the embedded engine does not have it: expected one of {All()}";
        }

        return key.Count(c => c == ':') > 2
            ? $"'{key}' calls a provider's function (fn::invoke), and the embedded engine has none: expected one of {All()}"
            : $"the embedded engine knows no '{key}': expected one of {All()}{Suggest.Hint("fn::" + name, Functions.Select(function => "fn::" + function))}";

        static string All() => string.Join(", ", Functions.Select(function => "fn::" + function));
    }

    private Expression Interpolate(string text, Position position)
    {
        if (text == Secrets.Unknown)
        {
            Report(position, "reserved", "this text is the one by which Pulumi knows values that are not known yet");
        }

        try
        {
            return Interpolator.Parse(text, position);
        }
        catch (FormatException e)
        {
            Report(position, "interpolation", e.Message);
            return new Literal(position, text);
        }
    }

    private Reference? ReadReference(YamlNode node, string what)
    {
        if (ReadExpression(node) is Reference { Path.IsEmpty: true } reference)
        {
            return reference;
        }

        Report(node.PositionOf(), "reference", $"'{what}' takes a reference to a resource, as in ${{vpc}}");
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

        Report(node.PositionOf(), "type", $"'{what}' is true or false");
        return false;
    }

    private string? Text(YamlNode node, string what)
    {
        if (node is YamlScalarNode { Value: { Length: > 0 } text })
        {
            return text;
        }

        Report(node.PositionOf(), "type", $"'{what}' is a text");
        return null;
    }

    private IEnumerable<(string Key, Position Position, YamlNode Value)> Fields(YamlNode node, string what)
    {
        if (node is not YamlMappingNode mapping)
        {
            if (node is not YamlScalarNode { Value: null or "" })
            {
                Report(node.PositionOf(), "type", $"expected a mapping in {what}");
            }

            yield break;
        }

        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: "<<" } merge && merge.IsPlain())
            {
                Report(key.PositionOf(), "merge-key", "'<<': Pulumi YAML has no merge keys; write the keys out, or make the shared values variables and refer to them as in ${name}");
            }
            else if (key is YamlScalarNode { Value: { } name })
            {
                yield return (name, key.PositionOf(), value);
            }
            else
            {
                Report(key.PositionOf(), "yaml", "a key is a text");
            }
        }
    }
}
