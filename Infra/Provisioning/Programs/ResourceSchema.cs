using System.Collections.Frozen;
using System.Text.Json;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>
/// What a value may be, as <c>resource-schema.json</c> writes it: <c>string</c>, <c>number</c>, <c>boolean</c>, <c>*</c> for anything,
/// <c>[T]</c> a list, <c>{T}</c> a map, <c>@name</c> an object with named fields, <c>#token</c> a whole resource.
/// </summary>
internal readonly record struct Shape(string Text)
{
    public static Shape Any { get; } = new("*");

    public static Shape String { get; } = new("string");

    public static Shape Number { get; } = new("number");

    public static Shape Boolean { get; } = new("boolean");

    public bool IsAny => Text == "*";

    public bool IsScalar => Text is "string" or "number" or "boolean";

    public bool IsList => Text[0] == '[';

    public bool IsMap => Text[0] == '{';

    public bool IsObject => Text[0] == '@';

    public bool IsResource => Text[0] == '#';

    /// <summary>What a list's items or a map's values are.</summary>
    public Shape Inner => new(Text[1..^1]);

    /// <summary>The name of an object, or the token of a resource.</summary>
    public string Name => Text[1..];

    /// <summary>For people.</summary>
    public string Words => Text switch
    {
        "string" => "a text",
        "number" => "a number",
        "boolean" => "true or false",
        "*" => "any value",
        ['[', ..] => "a list",
        ['#', ..] => "a resource",
        _ => "a map",
    };
}

/// <summary>
/// The inputs and outputs of every resource type that the embedded engine knows, with their shapes: names and types of the typings in the
/// npm packages <c>@pulumi/alicloud</c> 3.108.0 and <c>@pulumi/kubernetes</c> 4.34.2. Every resource has <c>id</c> and <c>urn</c> besides.
/// </summary>
internal static class ResourceSchema
{
    private static readonly (FrozenDictionary<string, (FrozenDictionary<string, Shape> Inputs, FrozenDictionary<string, Shape> Outputs)> Resources, FrozenDictionary<string, FrozenDictionary<string, Shape>> Objects) Known = Load();

    /// <summary>Empty for a type that is not known.</summary>
    public static IReadOnlyDictionary<string, Shape> Inputs(string token) => Known.Resources.TryGetValue(token, out var type) ? type.Inputs : FrozenDictionary<string, Shape>.Empty;

    /// <summary>Without <c>id</c> and <c>urn</c>, which every resource has. Empty for a type that is not known.</summary>
    public static IReadOnlyDictionary<string, Shape> Outputs(string token) => Known.Resources.TryGetValue(token, out var type) ? type.Outputs : FrozenDictionary<string, Shape>.Empty;

    /// <summary>The fields of an object.</summary>
    public static IReadOnlyDictionary<string, Shape> Fields(Shape shape) => Known.Objects[shape.Name];

    private static (FrozenDictionary<string, (FrozenDictionary<string, Shape>, FrozenDictionary<string, Shape>)>, FrozenDictionary<string, FrozenDictionary<string, Shape>>) Load()
    {
        using var stream = typeof(ResourceSchema).Assembly.GetManifestResourceStream("resource-schema.json")
            ?? throw new InvalidOperationException("resource-schema.json is not part of the assembly");
        using var document = JsonDocument.Parse(stream);
        return (
            document.RootElement.GetProperty("resources").EnumerateObject().ToFrozenDictionary(
                type => type.Name, type => (Shapes(type.Value.GetProperty("inputs")), Shapes(type.Value.GetProperty("outputs"))), StringComparer.Ordinal),
            document.RootElement.GetProperty("objects").EnumerateObject().ToFrozenDictionary(named => named.Name, named => Shapes(named.Value), StringComparer.Ordinal));
    }

    private static FrozenDictionary<string, Shape> Shapes(JsonElement fields) =>
        fields.EnumerateObject().ToFrozenDictionary(field => field.Name, field => new Shape(field.Value.GetString()!), StringComparer.Ordinal);
}
