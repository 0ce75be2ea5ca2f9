using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Metrics.Querying;

/// <summary>A part of a query.</summary>
/// <param name="Column">Where it begins, from 1.</param>
internal abstract record QueryNode(int Column);

internal sealed record NumberNode(double Value, int Column) : QueryNode(Column);

/// <param name="Range">Null: the newest sample of each series; else all of so long.</param>
internal sealed record SelectorNode(string? Name, ImmutableArray<LabelMatcher> Matchers, TimeSpan? Range, int Column) : QueryNode(Column);

internal sealed record CallNode(string Function, ImmutableArray<QueryNode> Arguments, int Column) : QueryNode(Column);

/// <param name="Without">True: the labels named are left out; false: they are kept.</param>
internal sealed record AggregateNode(string Operator, QueryNode Of, ImmutableArray<string> Labels, bool Without, int Column) : QueryNode(Column);

/// <param name="Bool">A comparison gives 0 or 1 instead of leaving out what does not hold.</param>
internal sealed record BinaryNode(string Operator, QueryNode Left, QueryNode Right, bool Bool, int Column) : QueryNode(Column);

internal sealed record NegateNode(QueryNode Of, int Column) : QueryNode(Column);

/// <summary>A condition on a label: equal, unequal, or a regular expression that must fit (or must not) the whole value.</summary>
internal sealed record LabelMatcher(string Label, string Value, Regex? Pattern, bool Negated)
{
    public bool Matches(string value) => (Pattern?.IsMatch(value) ?? value == Value) != Negated;
}

/// <summary>A query that cannot be read, or that asks for what is not known here.</summary>
internal sealed class QueryException(int column, string reason) : Exception($"column {column}: {reason}")
{
    /// <summary>From 1.</summary>
    public int Column { get; } = column;

    public string Reason { get; } = reason;
}
