using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>An expression could not be evaluated; the message says what and where.</summary>
internal sealed class EvaluationException(string file, Place place, string message) : Exception($"{file}:{place.Line}:{place.Column}: {message}");

/// <summary>Gives expressions their values. What is unknown stays unknown, what is made of a secret is secret.</summary>
/// <param name="lookup">The value of a root name: configuration, variable, or a resource's outputs with <c>id</c> and <c>urn</c>.</param>
internal sealed class Evaluator(StackProgram program, Func<string, JsonNode?> lookup)
{
    public JsonObject Evaluate(IEnumerable<KeyValuePair<string, Expression>> fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Key, Evaluate(field.Value))).Where(field => field.Value is not null));

    public JsonNode? Evaluate(Expression expression) => expression switch
    {
        Literal literal => literal.Value?.DeepClone(),
        Reference reference => Follow(reference),
        Interpolation text => Concatenate(text),
        ListExpression list => new JsonArray([.. list.Items.Select(Evaluate)]),
        ObjectExpression map => new JsonObject(map.Fields.Select(field => KeyValuePair.Create(field.Key, Evaluate(field.Value)))),
        FunctionCall call => Call(call),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private JsonNode? Follow(Reference reference)
    {
        var node = lookup(reference.Root);
        var secret = false;
        foreach (var step in reference.Path)
        {
            if (Secrets.IsSecret(node))
            {
                secret = true;
                node = Secrets.Reveal(node);
            }

            if (Secrets.IsUnknown(node))
            {
                return node!.DeepClone();
            }

            node = (step, node) switch
            {
                (int index, JsonArray list) when index < list.Count => list[index],
                (string name, JsonObject map) when map.TryGetPropertyValue(name, out var value) => value,
                // An output that a resource in a preview does not have yet.
                (string, JsonObject map) when map.ContainsKey(Secrets.Unknown) => JsonValue.Create(Secrets.Unknown),
                _ => throw new EvaluationException(program.File, reference.Place, $"{reference}: there is no {(step is int at ? $"item {at}" : $"'{step}'")}"),
            };
        }

        return secret ? Secrets.Mark(node) : node?.DeepClone();
    }

    private JsonNode? Concatenate(Interpolation text)
    {
        var values = text.Parts.Select(Evaluate).ToList();
        return Combine(values, plain => JsonValue.Create(string.Concat(plain.Select(TextOf))));
    }

    private JsonNode? Call(FunctionCall call)
    {
        var argument = Evaluate(call.Argument);
        if (call.Function == "secret")
        {
            return Secrets.Mark(argument);
        }

        return Combine([argument], plain =>
        {
            var value = plain[0];
            try
            {
                return Apply(call, value);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException or IOException or UnauthorizedAccessException)
            {
                throw new EvaluationException(program.File, call.Place, $"fn::{call.Function}: {e.Message}");
            }
        });
    }

    private JsonNode? Apply(FunctionCall call, JsonNode? value) => call.Function switch
    {
        "toJSON" => JsonValue.Create(value?.ToJsonString() ?? "null"),
        "toBase64" => JsonValue.Create(Convert.ToBase64String(Encoding.UTF8.GetBytes(TextOf(value)))),
        "fromBase64" => JsonValue.Create(Encoding.UTF8.GetString(Convert.FromBase64String(TextOf(value)))),
        "join" => JsonValue.Create(string.Join(TextOf(value![0]), value[1]!.AsArray().Select(TextOf))),
        "split" => new JsonArray([.. TextOf(value![1]).Split(TextOf(value[0])).Select(part => JsonValue.Create(part))]),
        "select" => value![1]!.AsArray()[int.Parse(TextOf(value[0]), NumberStyles.None, CultureInfo.InvariantCulture)]?.DeepClone(),
        "readFile" => JsonValue.Create(ReadFile(TextOf(value))),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Only files below the program's own directory.</summary>
    private string ReadFile(string path)
    {
        var root = Path.GetFullPath(program.Directory) + Path.DirectorySeparatorChar;
        var full = Path.GetFullPath(path, root);
        return full.StartsWith(root, StringComparison.Ordinal)
            ? File.ReadAllText(full)
            : throw new ArgumentException($"'{path}' lies outside the program's directory");
    }

    /// <summary>Unknown if any part is, secret if any part is.</summary>
    private static JsonNode? Combine(List<JsonNode?> values, Func<List<JsonNode?>, JsonNode?> combine)
    {
        if (values.Exists(HasUnknown))
        {
            return JsonValue.Create(Secrets.Unknown);
        }

        var secret = values.Exists(Secrets.Within);
        var result = combine(secret ? values.ConvertAll(Secrets.Reveal) : values);
        return secret ? Secrets.Mark(result) : result;
    }

    private static bool HasUnknown(JsonNode? node) => Secrets.IsUnknown(node) || node switch
    {
        JsonObject map => map.Any(field => HasUnknown(field.Value)),
        JsonArray list => list.Any(HasUnknown),
        _ => false,
    };

    private static string TextOf(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    };
}
