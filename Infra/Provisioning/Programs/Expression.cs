using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>A value as a program writes it, before anything is known.</summary>
internal abstract record Expression(Place Place)
{
    /// <summary>All references in it, however deep.</summary>
    public IEnumerable<Reference> References() => this switch
    {
        Reference reference => [reference],
        Interpolation { Parts: var parts } => parts.SelectMany(part => part.References()),
        ListExpression { Items: var items } => items.SelectMany(item => item.References()),
        ObjectExpression { Fields: var fields } => fields.SelectMany(field => field.Value.References()),
        FunctionCall { Argument: var argument } => argument.References(),
        _ => [],
    };
}

/// <param name="Written">A plain scalar as typed, as <c>1.10</c> or <c>010</c>: what it stands for where a text is asked for. Null: the value is it.</param>
internal sealed record Literal(Place Place, JsonNode? Value, string? Written = null) : Expression(Place);

/// <summary><c>${root.a[0].b}</c>; alone it keeps its type.</summary>
/// <param name="Path">A string for a field, an int for an index.</param>
internal sealed record Reference(Place Place, string Root, ImmutableArray<object> Path) : Expression(Place)
{
    public override string ToString() => "${" + Root + string.Concat(Path.Select(step => step is int index ? $"[{index}]" : $".{step}")) + "}";
}

/// <summary>Text with references in it; gives a string.</summary>
internal sealed record Interpolation(Place Place, ImmutableArray<Expression> Parts) : Expression(Place);

internal sealed record ListExpression(Place Place, ImmutableArray<Expression> Items) : Expression(Place);

/// <param name="Keys">The places of the fields' keys, one each.</param>
internal sealed record ObjectExpression(Place Place, ImmutableArray<KeyValuePair<string, Expression>> Fields, ImmutableArray<Place> Keys) : Expression(Place);

/// <param name="Function">Without <c>fn::</c>, as in <c>join</c>.</param>
internal sealed record FunctionCall(Place Place, string Function, Expression Argument) : Expression(Place);
