using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>A program's configuration, checked against what it declares.</summary>
internal static class ConfigValues
{
    /// <exception cref="StackProgramException">A value is missing, unknown or of the wrong type.</exception>
    public static ImmutableDictionary<string, JsonNode?> Resolve(StackProgram program, ImmutableDictionary<string, JsonNode?> given)
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        var values = ImmutableDictionary.CreateBuilder<string, JsonNode?>(StringComparer.Ordinal);
        diagnostics.AddRange(Unknown(program.File, program.Config, given));
        foreach (var declared in program.Config)
        {
            var value = given.TryGetValue(declared.Name, out var set) ? Convert(declared.Type, set) : declared.Default;
            if (!given.ContainsKey(declared.Name) && !declared.HasDefault)
            {
                diagnostics.Add(Missing(program.File, declared));
            }
            else if (Secrets.IsReserved(value))
            {
                diagnostics.Add(new Diagnostic(program.File, declared.Position, Severity.Error, "reserved", $"configuration '{declared.Name}' holds a text or a key by which Pulumi knows secrets and unknown values"));
            }
            else if (!Fits(declared.Type, value))
            {
                diagnostics.Add(new Diagnostic(program.File, declared.Position, Severity.Error, "config-type", $"configuration '{declared.Name}' is {declared.Type}, not {(declared.Secret ? "what was given, which is secret" : Secrets.Shown(value, secret: false))}{(declared.Type == "string" && value is JsonValue ? "; put it in quotes" : "")}"));
            }
            else
            {
                values[declared.Name] = declared.Secret ? Secrets.Mark(value) : value;
            }
        }

        return diagnostics.Count == 0 ? values.ToImmutable() : throw new StackProgramException(diagnostics.ToImmutable());
    }

    /// <summary>The names alone, where types are another's to judge.</summary>
    /// <param name="complete">False: what is missing does not matter.</param>
    /// <exception cref="StackProgramException">A value is missing or unknown.</exception>
    public static void CheckNames(string file, ImmutableArray<ConfigDeclaration> declarations, ImmutableDictionary<string, JsonNode?> given, bool complete)
    {
        ImmutableArray<Diagnostic> diagnostics =
        [
            .. Unknown(file, declarations, given),
            .. declarations.Where(declared => complete && !declared.HasDefault && given.GetValueOrDefault(declared.Name) is null).Select(declared => Missing(file, declared)),
        ];
        if (!diagnostics.IsEmpty)
        {
            throw new StackProgramException(diagnostics);
        }
    }

    private static IEnumerable<Diagnostic> Unknown(string file, ImmutableArray<ConfigDeclaration> declarations, ImmutableDictionary<string, JsonNode?> given) =>
        given.Keys.Where(name => !declarations.Any(declared => declared.Name == name)).Order(StringComparer.Ordinal)
            .Select(name => new Diagnostic(file, new Position(1, 1), Severity.Error, "unknown-config", $"the program declares no configuration '{name}'{Suggest.Hint(name, declarations.Select(declared => declared.Name).Take(500))}"));

    private static Diagnostic Missing(string file, ConfigDeclaration declared) =>
        new(file, declared.Position, Severity.Error, "missing-config", $"configuration '{declared.Name}' has no default and was not given; give it, or write a default");

    public static bool Fits(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("string", JsonValueKind.String) => true,
        ("integer", JsonValueKind.Number) => double.IsInteger(double.Parse(value!.ToJsonString(), CultureInfo.InvariantCulture)),
        ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("array", JsonValueKind.Array) => true,
        ("object", JsonValueKind.Object) => true,
        _ => false,
    };

    /// <summary>Text given for a number or a flag (as command lines do) is read as such.</summary>
    private static JsonNode? Convert(string type, JsonNode? value)
    {
        if (type is "string" || value is not JsonValue text || !text.TryGetValue<string>(out var written))
        {
            return value?.DeepClone();
        }

        try
        {
            return JsonNode.Parse(written);
        }
        catch (JsonException)
        {
            return value.DeepClone();
        }
    }
}
