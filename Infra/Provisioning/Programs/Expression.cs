using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>A value as a program writes it, before anything is known.</summary>
internal abstract record Expression(Position Position)
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
internal sealed record Literal(Position Position, JsonNode? Value, string? Written = null) : Expression(Position);

/// <summary><c>${root.a[0].b}</c>; alone it keeps its type.</summary>
/// <param name="Path">A string for a field, an int for an index.</param>
internal sealed record Reference(Position Position, string Root, ImmutableArray<object> Path) : Expression(Position)
{
    public override string ToString() => "${" + Root + string.Concat(Path.Select(step => step is int index ? $"[{index}]" : $".{step}")) + "}";
}

/// <summary>Text with references in it; gives a string.</summary>
internal sealed record Interpolation(Position Position, ImmutableArray<Expression> Parts) : Expression(Position);

internal sealed record ListExpression(Position Position, ImmutableArray<Expression> Items) : Expression(Position);

/// <param name="Keys">The places of the fields' keys, one each.</param>
internal sealed record ObjectExpression(Position Position, ImmutableArray<KeyValuePair<string, Expression>> Fields, ImmutableArray<Position> Keys) : Expression(Position);

/// <param name="Function">Without <c>fn::</c>, as in <c>join</c>.</param>
internal sealed record FunctionCall(Position Position, string Function, Expression Argument) : Expression(Position);
