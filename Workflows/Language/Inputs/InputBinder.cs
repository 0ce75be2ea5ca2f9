using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Inputs;

/// <summary>A run's complete inputs, or what is wrong with those that were given.</summary>
/// <param name="Inputs">An object with every declared input; undefined when there are diagnostics.</param>
public sealed record InputBinding(JsonElement Inputs, ImmutableArray<Diagnostic> Diagnostics)
{
    public bool IsValid => Diagnostics.IsEmpty;
}

/// <summary>Completes and checks the inputs of a run (<c>file</c>: the name the diagnostics carry, best the runbook's file) against the runbook's declarations. Finds every diagnostic at once.</summary>
public static class InputBinder
{
    /// <summary>Texts as given on a command line, <c>name=value</c>. A value is read by the declared type; lists and mappings as JSON, a list also as <c>a,b,c</c>.</summary>
    public static InputBinding BindTexts(Runbook runbook, IEnumerable<string> texts, string file = "inputs")
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        var given = new JsonObject();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                diagnostics.Add(Wrong(file, default, DiagnosticCodes.BadInputText, $"{text} is no input: write name=value"));
                continue;
            }

            var name = text[..equals].Trim();
            var declaration = runbook.Inputs.FirstOrDefault(input => input.Name == name);
            given[name] = JsonNode.Parse(Coerce(text[(equals + 1)..], declaration).GetRawText());
        }

        return Complete(runbook, JsonSerializer.SerializeToElement(given), diagnostics, file);
    }

    /// <summary>Inputs as JSON; null or undefined counts as none.</summary>
    public static InputBinding Bind(Runbook runbook, JsonElement? given, string file = "inputs")
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        var values = given is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } some ? some : JsonElement.Parse("{}");
        if (values.ValueKind != JsonValueKind.Object)
        {
            diagnostics.Add(Wrong(file, default, DiagnosticCodes.InputType, $"inputs must be an object from names to values, not {InputCheck.Shown(values)}"));
            return new InputBinding(default, diagnostics.ToImmutable());
        }

        return Complete(runbook, values, diagnostics, file);
    }

    private static InputBinding Complete(Runbook runbook, JsonElement given, ImmutableArray<Diagnostic>.Builder diagnostics, string file)
    {
        var complete = new JsonObject();
        string[] names = [.. runbook.Inputs.Select(input => input.Name)];
        foreach (var member in given.EnumerateObject().Where(member => !names.Contains(member.Name)))
        {
            diagnostics.Add(Wrong(file, default, DiagnosticCodes.UnknownInput, $"{runbook.Name} has no input {member.Name}{Suggest.Hint(member.Name, names)}") with { Input = member.Name });
        }

        foreach (var input in runbook.Inputs)
        {
            if (!given.TryGetProperty(input.Name, out var value))
            {
                if (input.Default is not { } byDefault)
                {
                    diagnostics.Add(Wrong(file, input.Position, DiagnosticCodes.MissingInput, $"input {input.Name} is missing{(input.Description is null ? "" : $" ({input.Description})")}: it must be {InputCheck.Describe(input.Type)}") with { Input = input.Name });
                    continue;
                }

                value = byDefault;
            }
            else if (InputCheck.Check(input, value) is { } wrong)
            {
                diagnostics.Add(Wrong(file, input.Position, wrong.Code, $"input {input.Name} {wrong.Message}") with { Input = input.Name });
            }

            complete[input.Name] = JsonNode.Parse(InputCheck.Normalise(input, value).GetRawText());
        }

        if (diagnostics.Count > 0)
        {
            return new InputBinding(default, diagnostics.ToImmutable());
        }

        var inputs = JsonSerializer.SerializeToElement(complete, WorkflowJson.Options);
        return JsonMarshal.GetRawUtf8Value(inputs).Length is var bytes && bytes > RunBounds.LargestInputs
            ? new InputBinding(default, [Wrong(file, default, DiagnosticCodes.InputsTooLarge, $"the inputs have {bytes:N0} bytes together, and a run has at most {RunBounds.LargestInputs:N0}: pass names or addresses instead of the data itself")])
            : new InputBinding(inputs, []);
    }

    private static JsonElement Coerce(string text, InputDeclaration? declaration) => declaration?.Type switch
    {
        InputType.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonSerializer.SerializeToElement(whole),
        InputType.Integer when WholeNumber.TryParse(text, out var whole) => JsonSerializer.SerializeToElement(whole),
        InputType.Number when Json(text) is { ValueKind: JsonValueKind.Number } exact && double.IsFinite(exact.GetDouble()) => exact,
        InputType.Number when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonSerializer.SerializeToElement(number),
        InputType.Boolean when text is "true" or "false" => JsonElement.Parse(text),
        InputType.Array when Json(text) is { ValueKind: JsonValueKind.Array } list => list,
        InputType.Array when !text.TrimStart().StartsWith('[') => JsonSerializer.SerializeToElement(
            text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(item => Coerce(item, Item(declaration)))),
        InputType.Object when Json(text) is { ValueKind: JsonValueKind.Object } mapping => mapping,
        _ => JsonSerializer.SerializeToElement(text, WorkflowJson.Options),
    };

    private static InputDeclaration Item(InputDeclaration list) => list with { Type = list.Items ?? InputType.String, Items = null };

    private static JsonElement? Json(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A diagnostic of the inputs; its place is the declaration's, or the first line where there is none.</summary>
    private static Diagnostic Wrong(string file, Position position, string code, string message) => new(file, position == default ? new Position(1, 1) : position, Severity.Error, code, message);
}
