using System.Globalization;
using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Inputs;

/// <summary>Checks one value against an input's declaration.</summary>
internal static class InputCheck
{
    /// <summary>What is wrong, worded to follow the input's name; null when nothing is.</summary>
    public static (string Code, string Message)? Check(InputDeclaration input, JsonElement value)
    {
        if (!Is(value, input.Type))
        {
            return (DiagnosticCodes.InputType, $"must be {Describe(input.Type)}, not {Shown(value)}");
        }

        if (input.Items is { } items)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                if (!Is(item, items))
                {
                    return (DiagnosticCodes.InputType, $"must be a list of which each item is {Describe(items)}; item {index} is {Shown(item)}");
                }

                index++;
            }
        }

        if (value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && (number < input.Minimum || number > input.Maximum))
        {
            var range = (input.Minimum, input.Maximum) switch
            {
                ({ } least, { } most) => $"from {Text(least)} to {Text(most)}",
                ({ } least, null) => $"at least {Text(least)}",
                _ => $"at most {Text(input.Maximum!.Value)}",
            };
            return (DiagnosticCodes.InputRange, $"is {value.GetRawText()}: it must be {range}");
        }

        if (!input.Enum.IsDefaultOrEmpty && !input.Enum.Any(allowed => JsonElement.DeepEquals(allowed, value)))
        {
            string[] words = [.. input.Enum.Select(Shown)];
            var near = Suggest.Nearest(Shown(value), words);
            return (DiagnosticCodes.InputValue, $"is {Shown(value)}: it must be {string.Join(" or ", words)}{(near is null ? "" : $"; did you mean {near}?")}");
        }

        return null;
    }

    /// <summary>The value as the run sees it: whole numbers without a fraction or exponent.</summary>
    public static JsonElement Normalise(InputDeclaration input, JsonElement value) => input switch
    {
        { Type: InputType.Integer } or { Type: InputType.Array, Items: InputType.Integer } => WholeNumber.Normalise(value),
        _ => value,
    };

    public static string Describe(InputType type) => type switch
    {
        InputType.String => "a text",
        InputType.Integer => "a whole number",
        InputType.Number => "a number",
        InputType.Boolean => "true or false",
        InputType.Array => "a list",
        InputType.Object => "a mapping",
        InputType.Duration => "a duration (15m, 1h30m)",
        InputType.Time => "a time (2026-11-12T01:00:00+08:00)",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static bool Is(JsonElement value, InputType type) => type switch
    {
        InputType.String => value.ValueKind == JsonValueKind.String,
        InputType.Integer => WholeNumber.TryRead(value, out _),
        InputType.Number => value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()),
        InputType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        InputType.Array => value.ValueKind == JsonValueKind.Array,
        InputType.Object => value.ValueKind == JsonValueKind.Object,
        InputType.Duration => Duration.TryFrom(value, out _),
        InputType.Time => value.ValueKind == JsonValueKind.String && Times.TryParse(value.GetString()!, out _),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    internal static string Shown(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText() is var raw && raw.Length > 60 ? $"{raw[..60]}…" : value.GetRawText();
}
