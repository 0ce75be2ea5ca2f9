using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>An expression could not be evaluated; the message says what and where, and never what a secret is.</summary>
internal sealed class EvaluationException(string file, Position position, string detail) : Exception($"{file}:{position.Line}:{position.Column}: {detail}")
{
    public Position Position { get; } = position;

    /// <summary>The message without its place.</summary>
    public string Detail { get; } = detail;
}

/// <summary>
/// Gives expressions their values. What is unknown stays unknown, what is made of a secret is secret. Throws
/// <see cref="EvaluationException"/> and nothing else. Safe for concurrent use when <paramref name="lookup"/> is.
/// </summary>
/// <param name="lookup">The value of a root name: configuration, variable, or a resource's outputs with <c>id</c> and <c>urn</c>.</param>
/// <param name="onSecret">Told of each value that is marked as a secret.</param>
internal sealed class Evaluator(StackProgram program, Func<string, JsonNode?> lookup, Action<JsonNode>? onSecret = null)
{
    /// <summary>Characters and nodes that the value of a variable, or of all properties of a resource, may come to.</summary>
    public const int LargestValue = 1024 * 1024;

    /// <summary>Lists and maps within each other. A state is read back with at most 64, some of which are its own.</summary>
    public const int DeepestValue = 40;

    private const long LargestFile = 1024 * 1024;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public JsonObject Evaluate(IEnumerable<KeyValuePair<string, Expression>> fields)
    {
        var budget = new Budget(program.File);
        return new(fields.Select(field => KeyValuePair.Create(field.Key, Evaluate(field.Value, budget))).Where(field => field.Value is not null).ToList());
    }

    public JsonNode? Evaluate(Expression expression) => Evaluate(expression, new Budget(program.File));

    private JsonNode? Evaluate(Expression expression, Budget budget)
    {
        var value = ValueOf(expression, budget);
        budget.CheckDepth(value, expression.Position);
        return value;
    }

    private JsonNode? ValueOf(Expression expression, Budget budget)
    {
        switch (expression)
        {
            case Literal literal:
                return budget.Take(literal.Value?.DeepClone(), literal.Position);
            case Reference reference:
                return Follow(reference, budget);
            case Interpolation text:
                return Concatenate(text, budget);
            case ListExpression list:
                return new JsonArray([.. list.Items.Select(item => ValueOf(item, budget))]);
            case ObjectExpression map:
                return new JsonObject(map.Fields.Select(field => KeyValuePair.Create(field.Key, ValueOf(field.Value, budget))).ToList());
            case FunctionCall call:
                return Call(call, budget);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private JsonNode? Follow(Reference reference, Budget budget)
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
                (int index, JsonArray list) => throw Fail(reference.Position, $"{reference}: there is no item {index}, the list has {list.Count}"),
                (int index, _) => throw Fail(reference.Position, $"{reference}: there is no item {index} in {Secrets.Kind(node)}"),
                _ => throw Fail(reference.Position, $"{reference}: there is no '{step}' in {Secrets.Kind(node)}"),
            };
        }

        budget.Take(node, reference.Position);
        return secret ? Marked(node) : node?.DeepClone();
    }

    private JsonNode? Concatenate(Interpolation text, Budget budget)
    {
        var values = text.Parts.Select(part => ValueOf(part, budget)).ToList();
        return Combine(values, (plain, _) => budget.Take(JsonValue.Create(string.Concat(plain.Select((value, i) => TextOf(value, text.Parts[i].Position, "what stands in a text")))), text.Position));
    }

    private JsonNode? Call(FunctionCall call, Budget budget)
    {
        var argument = ValueOf(call.Argument, budget);
        if (call.Function == "secret")
        {
            if (HasUnknown(argument))
            {
                return JsonValue.Create(Secrets.Unknown);
            }

            budget.CheckDepth(argument, call.Position);
            return Marked(argument);
        }

        return Combine([argument], (plain, secret) => budget.Take(Apply(call, plain[0], secret), call.Position));
    }

    private JsonNode? Apply(FunctionCall call, JsonNode? value, bool secret)
    {
        var what = $"fn::{call.Function}";
        switch (call.Function)
        {
            case "toJSON":
                return JsonValue.Create(Json(value));
            case "toBase64":
                return JsonValue.Create(Convert.ToBase64String(Encoding.UTF8.GetBytes(TextOf(value, call.Position, $"the argument of {what}"))));
            case "fromBase64":
                return JsonValue.Create(Decoded(TextOf(value, call.Position, $"the argument of {what}"), call.Position));
            case "join":
                var (delimiter, parts) = Two(value, call);
                var items = parts as JsonArray ?? throw Fail(call.Position, $"{what}: the second argument is {Secrets.Kind(parts)}, not a list");
                return JsonValue.Create(string.Join(TextOf(delimiter, call.Position, $"the delimiter of {what}"), items.Select((item, i) => TextOf(item, call.Position, $"item {i} of {what}"))));
            case "split":
                var (separator, whole) = Two(value, call);
                var by = TextOf(separator, call.Position, $"the delimiter of {what}");
                var text = TextOf(whole, call.Position, $"the text of {what}");
                return new JsonArray([.. (by.Length == 0 ? Characters(text) : text.Split(by)).Select(part => JsonValue.Create(part))]);
            case "select":
                var (index, from) = Two(value, call);
                var list = from as JsonArray ?? throw Fail(call.Position, $"{what}: the second argument is {Secrets.Kind(from)}, not a list");
                return int.TryParse(index is JsonValue ? TextOf(index, call.Position, "the index") : "", NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < list.Count
                    ? list[at]?.DeepClone()
                    : throw Fail(call.Position, $"{what}: the index is {Secrets.Shown(index, secret)}, not a whole number from 0 to {list.Count - 1}");
            case "readFile":
                return JsonValue.Create(ReadFile(TextOf(value, call.Position, $"the argument of {what}"), call.Position, secret));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private (JsonNode? First, JsonNode? Second) Two(JsonNode? value, FunctionCall call) =>
        value is JsonArray { Count: 2 } pair ? (pair[0], pair[1]) : throw Fail(call.Position, $"fn::{call.Function} takes a list of two");

    /// <summary>Go's <c>strings.Split</c> without a delimiter gives the characters.</summary>
    private static IEnumerable<string> Characters(string text) => text.EnumerateRunes().Select(rune => rune.ToString());

    private string Decoded(string text, Position position)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            throw Fail(position, "fn::fromBase64: the argument is no base64");
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw Fail(position, "fn::fromBase64: what is coded is no UTF-8 text");
        }
    }

    /// <summary>As Go writes it: keys sorted, nothing escaped but what must be and <c>&lt;</c>, <c>&gt;</c>, <c>&amp;</c>.</summary>
    private static string Json(JsonNode? value) =>
        (Sorted(value)?.ToJsonString(Plain) ?? "null")
            .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal).Replace("&", "\\u0026", StringComparison.Ordinal);

    private static JsonNode? Sorted(JsonNode? value) => value switch
    {
        JsonObject map => new JsonObject(map.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, Sorted(field.Value))).ToList()),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => value?.DeepClone(),
    };

    /// <summary>Only files below the program's own directory.</summary>
    private string ReadFile(string path, Position position, bool secret)
    {
        var shown = secret ? "a path that is secret" : $"'{path}'";
        try
        {
            var root = Path.GetFullPath(program.Directory) + Path.DirectorySeparatorChar;
            var file = new FileInfo(Path.GetFullPath(path, root));
            if (!file.FullName.StartsWith(root, StringComparison.Ordinal))
            {
                throw Fail(position, $"fn::readFile: {shown} lies outside the program's directory");
            }

            if (!file.Exists)
            {
                throw Fail(position, $"fn::readFile: there is no file {shown} below the program's directory");
            }

            if (file.ResolveLinkTarget(returnFinalTarget: true) is { } target && !target.FullName.StartsWith(root, StringComparison.Ordinal))
            {
                throw Fail(position, $"fn::readFile: {shown} is a link that leads outside the program's directory");
            }

            return file.Length <= LargestFile
                ? File.ReadAllText(file.FullName)
                : throw Fail(position, $"fn::readFile: {shown} is larger than {LargestFile / 1024} KiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Fail(position, $"fn::readFile: {shown} cannot be read");
        }
    }

    /// <summary>Unknown if any part is, secret if any part is.</summary>
    private JsonNode? Combine(List<JsonNode?> values, Func<List<JsonNode?>, bool, JsonNode?> combine)
    {
        if (values.Exists(HasUnknown))
        {
            return JsonValue.Create(Secrets.Unknown);
        }

        var secret = values.Exists(Secrets.Within);
        var result = combine(secret ? values.ConvertAll(Secrets.Reveal) : values, secret);
        return secret ? Marked(result) : result;
    }

    private JsonNode Marked(JsonNode? value)
    {
        var marked = Secrets.Mark(value);
        onSecret?.Invoke(marked);
        return marked;
    }

    /// <summary>True when a value that is not known yet is anywhere in the tree.</summary>
    public static bool HasUnknown(JsonNode? node) => Secrets.IsUnknown(node) || node switch
    {
        JsonObject map => map.Any(field => HasUnknown(field.Value)),
        JsonArray list => list.Any(HasUnknown),
        _ => false,
    };

    private string TextOf(JsonNode? node, Position position, string what) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue => node.ToJsonString(),
        _ => throw Fail(position, $"{what} is {Secrets.Kind(node)}, not a text: name one of its values, or use fn::toJSON"),
    };

    private EvaluationException Fail(Position position, string detail) => new(program.File, position, detail);

    /// <summary>Bounds what one value may come to: references double a value with each step.</summary>
    private sealed class Budget(string file)
    {
        private int _left = LargestValue;

        public JsonNode? Take(JsonNode? node, Position position)
        {
            Count(node, position);
            return node;
        }

        public void CheckDepth(JsonNode? node, Position position)
        {
            if (DepthOf(Secrets.Within(node) ? Secrets.Reveal(node) : node) > DeepestValue)
            {
                throw new EvaluationException(file, position, $"more than {DeepestValue} lists and maps within each other");
            }
        }

        private void Count(JsonNode? node, Position position)
        {
            _left -= 1;
            switch (node)
            {
                case JsonObject map:
                    foreach (var (key, value) in map)
                    {
                        _left -= key.Length;
                        Count(value, position);
                    }

                    break;
                case JsonArray list:
                    foreach (var item in list)
                    {
                        Count(item, position);
                    }

                    break;
                case JsonValue value when value.TryGetValue<string>(out var text):
                    _left -= text.Length;
                    break;
            }

            if (_left < 0)
            {
                throw new EvaluationException(file, position, $"the value comes to more than {LargestValue / 1024 / 1024} Mi characters");
            }
        }

        private static int DepthOf(JsonNode? node) => node switch
        {
            JsonObject map => 1 + map.Select(field => DepthOf(field.Value)).DefaultIfEmpty().Max(),
            JsonArray list => 1 + list.Select(DepthOf).DefaultIfEmpty().Max(),
            _ => 0,
        };
    }
}
