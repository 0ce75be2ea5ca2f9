using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Yaml;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>
/// Checks the arguments of a step against a JSON schema, each diagnostic at its own place. A value with <c>${ }</c> in it
/// may become anything and fits everywhere.
/// </summary>
internal sealed class ArgumentCheck(ReadingContext context, JsonNode root, string owner)
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(200);

    public void Check(YamlMapping arguments) => Check(arguments, root, "", 0);

    private void Check(YamlNode node, JsonNode? schemaNode, string name, int depth)
    {
        if (depth > 50 || Resolve(schemaNode) is not { } schema || IsOpen(node))
        {
            return;
        }

        if (schema["anyOf"] is JsonArray alternatives && alternatives.Count > 0)
        {
            var quiet = alternatives.Select(alternative => (Alternative: alternative, Fits: Fits(node, alternative, depth))).ToArray();
            if (!quiet.Any(alternative => alternative.Fits))
            {
                Check(node, quiet[0].Alternative, name, depth + 1);
            }
        }

        if (!HasType(node, schema, name) || !IsAllowed(node, schema, name))
        {
            return;
        }

        switch (node)
        {
            case YamlMapping mapping:
                CheckObject(mapping, schema, name, depth);
                break;
            case YamlSequence sequence:
                CheckList(sequence, schema, name, depth);
                break;
            case YamlScalar scalar:
                CheckScalar(scalar, schema, name);
                break;
        }
    }

    private bool Fits(YamlNode node, JsonNode? schema, int depth)
    {
        var diagnostics = new DiagnosticList("");
        new ArgumentCheck(new ReadingContext(context.Source, diagnostics, context.Catalog, context.FindRunbook, context.Library, context.Budget), root, owner).Check(node, schema, "", depth + 1);
        return !diagnostics.HasErrors;
    }

    private void CheckObject(YamlMapping mapping, JsonObject schema, string name, int depth)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        var known = properties.Select(property => property.Key).ToArray();
        foreach (var entry in mapping.Entries)
        {
            var path = name.Length == 0 ? entry.Key.Text : $"{name}.{entry.Key.Text}";
            if (properties.TryGetPropertyValue(entry.Key.Text, out var property))
            {
                Check(entry.Value, property, path, depth + 1);
            }
            else if (schema["additionalProperties"] is JsonValue allowed && allowed.TryGetValue<bool>(out var any) && !any)
            {
                context.Error(entry.Key.Position, DiagnosticCodes.UnknownArgument, $"{Whole(name)} has no {Keys.Cut(entry.Key.Text)}{Suggest.Hint(entry.Key.Text, known)}", entry.Key.Text, known);
            }
            else if (schema["additionalProperties"] is JsonObject rest)
            {
                Check(entry.Value, rest, path, depth + 1);
            }
        }

        foreach (var required in (schema["required"] as JsonArray ?? []).Select(item => item!.GetValue<string>()))
        {
            if (mapping.Entries.All(entry => entry.Key.Text != required))
            {
                context.Error(mapping.Position, DiagnosticCodes.MissingArgument, $"{Whole(name)} needs {required}{About(properties[required])}");
            }
        }
    }

    private void CheckList(YamlSequence sequence, JsonObject schema, string name, int depth)
    {
        if (Number(schema, "minItems") is { } least && sequence.Items.Length < least)
        {
            context.Error(sequence.Position, DiagnosticCodes.ArgumentRange, $"{name} needs at least {least} items");
        }

        if (Number(schema, "maxItems") is { } most && sequence.Items.Length > most)
        {
            context.Error(sequence.Position, DiagnosticCodes.ArgumentRange, $"{name} may have at most {most} items");
        }

        for (var i = 0; i < sequence.Items.Length; i++)
        {
            Check(sequence.Items[i], schema["items"], $"{name}[{i}]", depth + 1);
        }
    }

    private void CheckScalar(YamlScalar scalar, JsonObject schema, string name)
    {
        var value = YamlLiteral.Of(scalar);
        if (value.ValueKind == JsonValueKind.Number)
        {
            var number = value.GetDouble();
            var (least, most) = (Number(schema, "minimum"), Number(schema, "maximum"));
            if (number < least || number > most)
            {
                var range = (least, most) switch { ({ } a, { } b) => $"from {Text(a)} to {Text(b)}", ({ } a, null) => $"at least {Text(a)}", _ => $"at most {Text(most!.Value)}" };
                context.Error(scalar.Position, DiagnosticCodes.ArgumentRange, $"{name} is {scalar.Text}: it must be {range}");
            }
        }
        else if (value.ValueKind == JsonValueKind.String)
        {
            CheckText(scalar, schema, name);
        }

        static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private void CheckText(YamlScalar scalar, JsonObject schema, string name)
    {
        if (Number(schema, "minLength") is { } least && scalar.Text.Length < least)
        {
            context.Error(scalar.Position, DiagnosticCodes.ArgumentRange, $"{name} needs at least {least} characters");
        }

        if (Number(schema, "maxLength") is { } most && scalar.Text.Length > most)
        {
            context.Error(scalar.Position, DiagnosticCodes.ArgumentRange, $"{name} may have at most {most} characters");
        }

        if (schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(scalar.Text, pattern, RegexOptions.CultureInvariant, LongestMatch))
        {
            var form = pattern == Duration.Pattern ? Duration.Form : $"it must match {pattern}";
            context.Error(scalar.Position, DiagnosticCodes.ArgumentValue, $"{name} is {Keys.Shown(scalar)}: {form}");
        }
        else if (schema["format"]?.GetValue<string>() == "date-time" && !Times.TryParse(scalar.Text, out _))
        {
            context.Error(scalar.Position, DiagnosticCodes.ArgumentValue, $"{name} is {Keys.Shown(scalar)}: {Times.Form}");
        }
    }

    private bool HasType(YamlNode node, JsonObject schema, string name)
    {
        string[] types = schema["type"] switch
        {
            JsonArray several => [.. several.Select(type => type!.GetValue<string>())],
            JsonValue one => [one.GetValue<string>()],
            _ => [],
        };
        if (types.Length == 0 || types.Any(type => Is(node, type)))
        {
            return true;
        }

        var wanted = string.Join(" or ", types.Where(type => type != "null").Select(Shown));
        context.Error(node.Position, DiagnosticCodes.ArgumentType, $"{(name.Length == 0 ? "with" : name)} must be {wanted}, not {(node is YamlScalar ? $"{node.Kind} ({Keys.Shown(node)})" : node.Kind)}");
        return false;
    }

    private bool IsAllowed(YamlNode node, JsonObject schema, string name)
    {
        if (schema["enum"] is not JsonArray allowed || node is not YamlScalar scalar)
        {
            return true;
        }

        var value = YamlLiteral.Of(scalar);
        if (allowed.Any(item => item is null ? value.ValueKind == JsonValueKind.Null : JsonElement.DeepEquals(item.GetValueKind() == value.ValueKind ? JsonSerializer.SerializeToElement(item) : default, value)))
        {
            return true;
        }

        string[] words = [.. allowed.Where(item => item is not null).Select(item => item!.ToString())];
        var near = Suggest.Nearest(scalar.Text, words);
        context.Error(node.Position, DiagnosticCodes.ArgumentValue, $"{name} is {Keys.Shown(node)}: it must be {string.Join(" or ", words)}{(near is null ? "" : $"; did you mean {near}?")}", scalar.Text, words);
        return false;
    }

    private static bool Is(YamlNode node, string type) => (node, type) switch
    {
        (YamlMapping, "object") or (YamlSequence, "array") => true,
        (YamlScalar scalar, _) => (YamlLiteral.Of(scalar), type) switch
        {
            ({ ValueKind: JsonValueKind.String }, "string") => true,
            ({ ValueKind: JsonValueKind.Number }, "number") => true,
            ({ ValueKind: JsonValueKind.Number } number, "integer") => WholeNumber.TryRead(number, out _),
            ({ ValueKind: JsonValueKind.True or JsonValueKind.False }, "boolean") => true,
            ({ ValueKind: JsonValueKind.Null }, "null") => true,
            _ => false,
        },
        _ => false,
    };

    private static string Shown(string type) => type switch
    {
        "string" => "a text", "integer" => "a whole number", "number" => "a number", "boolean" => "true or false", "array" => "a list", "object" => "a mapping", _ => type,
    };

    /// <summary>A text with an expression in it; what it gives is not known yet.</summary>
    private static bool IsOpen(YamlNode node) => node is YamlScalar scalar && scalar.Text.Replace("$${", "", StringComparison.Ordinal).Contains("${", StringComparison.Ordinal);

    /// <summary>Follows <c>$ref</c> within the schema.</summary>
    private JsonObject? Resolve(JsonNode? schema)
    {
        for (var hops = 0; hops < 16 && schema is JsonObject @object && @object["$ref"]?.GetValue<string>() is { } reference; hops++)
        {
            schema = reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)
                .Aggregate((JsonNode?)root, (node, segment) => node switch
                {
                    JsonObject inner => inner[Uri.UnescapeDataString(segment).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)],
                    JsonArray list when int.TryParse(segment, out var index) && index < list.Count => list[index],
                    _ => null,
                });
        }

        return schema as JsonObject;
    }

    private static double? Number(JsonObject schema, string key) => schema[key] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? JsonSerializer.SerializeToElement(value).GetDouble() : null;

    private static string About(JsonNode? property) => property?["description"]?.GetValue<string>() is { } description ? $": {description}" : "";

    private string Whole(string name) => name.Length == 0 ? owner : name;
}
