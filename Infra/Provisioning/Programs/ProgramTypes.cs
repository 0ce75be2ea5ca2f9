using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>
/// Checks a program against what its resource types have, before anything is built: every reference leads to an output that exists, every
/// property has a value of its kind. A plain scalar becomes a text as it was typed where a text is asked for.
/// </summary>
internal sealed class ProgramTypes
{
    private const int LongestWay = 100;

    private readonly Func<Position, string, string, string?> _report;
    private readonly Dictionary<string, ConfigDeclaration> _config;
    private readonly Dictionary<string, Expression> _variables;
    private readonly Dictionary<string, ResourceDeclaration> _resources;
    private readonly ImmutableArray<ResourceDeclaration> _ordered;

    public ProgramTypes(
        Func<Position, string, string, string?> report,
        ImmutableArray<ConfigDeclaration> config,
        ImmutableArray<KeyValuePair<string, Expression>> variables,
        ImmutableArray<ResourceDeclaration> resources)
    {
        _report = report;
        _ordered = resources;
        _config = config.DistinctBy(declared => declared.Name).ToDictionary(declared => declared.Name, StringComparer.Ordinal);
        _variables = variables.DistinctBy(variable => variable.Key).ToDictionary(StringComparer.Ordinal);
        _resources = resources.DistinctBy(resource => resource.Logical).ToDictionary(resource => resource.Logical, StringComparer.Ordinal);
    }

    /// <summary>Reports what is wrong.</summary>
    /// <returns>The resources with their scalars as their types ask for them.</returns>
    public ImmutableArray<ResourceDeclaration> Check(ImmutableArray<KeyValuePair<string, Expression>> outputs)
    {
        foreach (var value in _variables.Values.Concat(outputs.Select(output => output.Value)))
        {
            CheckReferences(value);
        }

        foreach (var twins in _ordered.GroupBy(resource => (resource.Type, resource.Name)).Where(group => group.Count() > 1))
        {
            var (first, second) = (twins.First(), twins.ElementAt(1));
            _report(second.Position, "duplicate-urn", $"resources '{first.Logical}' and '{second.Logical}' have one type and one name '{second.Name}', so one URN; give one of them another 'name'");
        }

        return [.. _ordered.Select(Check)];
    }

    private ResourceDeclaration Check(ResourceDeclaration resource)
    {
        CheckOptions(resource);
        var inputs = ResourceSchema.Inputs(resource.Type);
        return resource with
        {
            Properties =
            [
                .. resource.Properties.Select(property =>
                {
                    CheckReferences(property.Value);
                    return inputs.TryGetValue(property.Key, out var shape)
                        ? KeyValuePair.Create(property.Key, Fit(property.Value, shape, property.Key))
                        : property;
                }),
            ],
        };
    }

    private void CheckOptions(ResourceDeclaration resource)
    {
        foreach (var reference in resource.Options.DependsOn.Where(reference => !_resources.ContainsKey(reference.Root)))
        {
            _report(reference.Position, "unknown-resource", $"dependsOn: {reference} is no resource of this program{Suggest.Hint(reference.Root, _resources.Keys)}");
        }

        if (resource.Options.Provider is { } provider)
        {
            var wanted = ResourceTypes.ProviderPrefix + resource.Type[..resource.Type.IndexOf(':', StringComparison.Ordinal)];
            if (!_resources.TryGetValue(provider.Root, out var named))
            {
                _report(provider.Position, "unknown-resource", $"provider: {provider} is no resource of this program{Suggest.Hint(provider.Root, _resources.Keys)}");
            }
            else if (named.Type != wanted)
            {
                _report(provider.Position, "provider-type", $"provider: {provider} is {named.Type}, and resource '{resource.Logical}' needs {wanted}");
            }
        }
    }

    private void CheckReferences(Expression value)
    {
        switch (value)
        {
            case Reference reference when Resolve(reference, reports: true, 0).Shape.IsResource:
                _report(reference.Position, "type", $"{reference} is a whole resource; name one of its outputs, as in ${{{reference.Root}.id}}");
                break;
            case Reference:
                break;
            case Interpolation text:
                foreach (var part in text.Parts)
                {
                    CheckReferences(part);
                    if (part is Reference inside && Resolve(inside, reports: false, 0).Shape is { IsAny: false, IsScalar: false, IsResource: false } shape)
                    {
                        _report(inside.Position, "type", $"{inside} is {shape.Words} and cannot stand in a text; name one of its values, or use fn::toJSON");
                    }
                }

                break;
            case ListExpression list:
                foreach (var item in list.Items)
                {
                    CheckReferences(item);
                }

                break;
            case ObjectExpression map:
                foreach (var (_, field) in map.Fields)
                {
                    CheckReferences(field);
                }

                break;
            case FunctionCall call:
                CheckReferences(call.Argument);
                break;
        }
    }

    /// <param name="Value">The expression that gives it, where its parts can still be looked at.</param>
    private readonly record struct Typed(Shape Shape, Expression? Value = null);

    private Typed Resolve(Reference reference, bool reports, int way)
    {
        var at = Root(reference, way);
        for (var step = 0; step < reference.Path.Length; step++)
        {
            if (Step(at, reference.Path[step], way) is not { } next)
            {
                if (reports)
                {
                    Complain(reference, at, reference.Path[step]);
                }

                return new Typed(Shape.Any);
            }

            at = next;
        }

        return at;
    }

    private Typed Root(Reference reference, int way)
    {
        if (way > LongestWay)
        {
            return new Typed(Shape.Any);
        }

        if (_config.TryGetValue(reference.Root, out var declared))
        {
            return new Typed(declared.Type switch
            {
                "string" => Shape.String,
                "integer" or "number" => Shape.Number,
                "boolean" => Shape.Boolean,
                "array" => new Shape("[*]"),
                _ => new Shape("{*}"),
            });
        }

        return _variables.TryGetValue(reference.Root, out var variable) ? Of(variable, way + 1)
            : _resources.TryGetValue(reference.Root, out var resource) ? new Typed(new Shape("#" + resource.Type))
            : reference.Root == "pulumi" ? new Typed(new Shape("#pulumi"))
            : new Typed(Shape.Any);
    }

    /// <summary>What an expression gives.</summary>
    private Typed Of(Expression expression, int way) => expression switch
    {
        Literal { Value: null } => new Typed(Shape.Any),
        Literal { Value: { } value } => new Typed(value.GetValueKind() switch
        {
            JsonValueKind.String => Shape.String,
            JsonValueKind.Number => Shape.Number,
            _ => Shape.Boolean,
        }),
        Reference reference => Resolve(reference, reports: false, way),
        Interpolation => new Typed(Shape.String),
        ListExpression => new Typed(new Shape("[*]"), expression),
        ObjectExpression => new Typed(new Shape("{*}"), expression),
        FunctionCall { Function: "secret" } call => Of(call.Argument, way),
        FunctionCall { Function: "split" } => new Typed(new Shape("[string]")),
        FunctionCall { Function: "select" } => new Typed(Shape.Any),
        FunctionCall => new Typed(Shape.String),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Null: there is no such part.</summary>
    private Typed? Step(Typed at, object step, int way)
    {
        if (at.Shape.IsAny)
        {
            return at;
        }

        switch (step, at.Value)
        {
            case (string name, ObjectExpression map):
                var found = map.Fields.FirstOrDefault(field => field.Key == name).Value;
                return found is null ? null : Of(found, way + 1);
            case (int index, ListExpression list):
                return index < list.Items.Length ? Of(list.Items[index], way + 1) : null;
        }

        return (step, at.Shape) switch
        {
            (string name, { Text: "#pulumi" }) => Pulumi.Contains(name) ? new Typed(Shape.String) : null,
            (string and ("id" or "urn"), { IsResource: true }) => new Typed(Shape.String),
            (string name, { IsResource: true } resource) => ResourceSchema.Outputs(resource.Name).TryGetValue(name, out var output) ? new Typed(output) : null,
            (string name, { IsObject: true } named) => ResourceSchema.Fields(named).TryGetValue(name, out var field) ? new Typed(field) : null,
            (string, { IsMap: true } map) => new Typed(map.Inner),
            (int, { IsList: true } list) => new Typed(list.Inner),
            _ => null,
        };
    }

    private static readonly string[] Pulumi = ["cwd", "organization", "project", "stack"];

    private void Complain(Reference reference, Typed at, object step)
    {
        var (what, names) = at switch
        {
            { Value: ObjectExpression map } => ("the map", map.Fields.Select(field => field.Key)),
            { Value: ListExpression list } => ($"the list of {list.Items.Length}", []),
            { Shape.Text: "#pulumi" } => ("'pulumi'", Pulumi),
            { Shape.IsResource: true } => (at.Shape.Name, ResourceSchema.Outputs(at.Shape.Name).Keys.Concat(["id", "urn"])),
            { Shape.IsObject: true } => (at.Shape.Name[(at.Shape.Name.LastIndexOf('/') + 1)..], ResourceSchema.Fields(at.Shape).Keys),
            _ => (at.Shape.Words, []),
        };
        _report(reference.Position, "unknown-output", step is string name
            ? $"{reference}: {what} has no '{name}'{Suggest.Hint(name, names)}"
            : $"{reference}: {what} has no item {step}");
    }

    /// <summary>Reports a value that is of another kind than <paramref name="shape"/>, and gives it as that asks for it.</summary>
    private Expression Fit(Expression value, Shape shape, string path)
    {
        switch (value)
        {
            case Literal { Value: null }:
            case var _ when shape.IsAny:
                return value;
            case Literal literal:
                return FitLiteral(literal, shape, path);
            case ListExpression list when shape.IsList:
                return list with { Items = [.. list.Items.Select((item, i) => Fit(item, shape.Inner, $"{path}[{i}]"))] };
            case ObjectExpression map when shape.IsMap:
                return map with { Fields = [.. map.Fields.Select(field => KeyValuePair.Create(field.Key, Fit(field.Value, shape.Inner, $"{path}.{field.Key}")))] };
            case ObjectExpression map when shape.IsObject:
                return FitObject(map, shape, path);
            case FunctionCall { Function: "secret" } secret:
                return secret with { Argument = Fit(secret.Argument, shape, path) };
            default:
                if (Of(value, 0).Shape is { IsAny: false, IsResource: false } given && KindOf(given) != KindOf(shape))
                {
                    Mismatch(value.Position, path, shape, given.Words);
                }

                return value;
        }
    }

    private ObjectExpression FitObject(ObjectExpression map, Shape shape, string path)
    {
        var known = ResourceSchema.Fields(shape);
        var fields = ImmutableArray.CreateBuilder<KeyValuePair<string, Expression>>();
        foreach (var ((key, value), position) in map.Fields.Zip(map.Keys))
        {
            if (known.TryGetValue(key, out var field))
            {
                fields.Add(KeyValuePair.Create(key, Fit(value, field, $"{path}.{key}")));
            }
            else
            {
                fields.Add(KeyValuePair.Create(key, value));
                _report(position, "unknown-property", $"'{path}' has no '{key}'{Suggest.Hint(key, known.Keys)}");
            }
        }

        return map with { Fields = fields.ToImmutable() };
    }

    private Literal FitLiteral(Literal literal, Shape shape, string path)
    {
        var text = literal.Value!.GetValueKind() == JsonValueKind.String ? literal.Value.GetValue<string>() : literal.Written ?? literal.Value.ToJsonString();
        switch (shape.Text)
        {
            case "string":
                return literal with { Value = JsonValue.Create(text) };
            case "number" when literal.Value.GetValueKind() == JsonValueKind.Number || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _):
            case "boolean" when literal.Value.GetValueKind() is JsonValueKind.True or JsonValueKind.False || text is "true" or "false":
                return literal;
            default:
                Mismatch(literal.Position, path, shape, new Shape(literal.Value.GetValueKind() switch
                {
                    JsonValueKind.String => "string",
                    JsonValueKind.Number => "number",
                    _ => "boolean",
                }).Words);
                return literal;
        }
    }

    private void Mismatch(Position position, string path, Shape wanted, string given) => _report(position, "property-type", $"'{path}' is {wanted.Words}, not {given}");

    private static char KindOf(Shape shape) => shape.IsScalar ? 's' : shape.IsList ? 'l' : 'm';
}
