using System.Text.Json;
using Acornima.Ast;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Evaluates the commonest expressions (a name and members read from it) without a JavaScript engine, to the same result.
/// </summary>
internal static class PathReader
{
    /// <summary>True when the expression is of this kind. Then <paramref name="value"/> is what it gave; null is undefined.</summary>
    /// <exception cref="PathBrokenException">A member of undefined or null is read.</exception>
    public static bool TryRead(Node node, Scope scope, out ScopeValue? value)
    {
        value = null;
        switch (node)
        {
            case Identifier identifier when !Expression.Globals.Contains(identifier.Name):
                value = scope.Find(identifier.Name);
                return value is not null;
            case ChainExpression chain:
                // `a?.b.c` stops as a whole at the first nothing.
                return TryReadChain(chain.Expression, scope, out value, out _);
            case MemberExpression { Optional: false } member:
                return TryReadChain(member, scope, out value, out _);
            default:
                return false;
        }
    }

    private static bool TryReadChain(Node node, Scope scope, out ScopeValue? value, out bool stopped)
    {
        stopped = false;
        value = null;
        if (node is not MemberExpression member)
        {
            return TryRead(node, scope, out value);
        }

        if (!TryReadChain(member.Object, scope, out var target, out stopped) || !TryReadKey(member, scope, out var name, out var index))
        {
            return false;
        }

        if (stopped)
        {
            return true;
        }

        if (target is null or JsonScopeValue { Value.ValueKind: JsonValueKind.Null })
        {
            stopped = member.Optional;
            return stopped ? true : throw new PathBrokenException(name ?? $"{index}", target is null ? "undefined" : "null");
        }

        return TryReadMember(target, name, index, out value);
    }

    private static bool TryReadKey(MemberExpression member, Scope scope, out string? name, out int index)
    {
        index = -1;
        name = ReferenceCollector.NameOf(member);
        if (name is not null)
        {
            return true;
        }

        if (member.Property is NumericLiteral { Value: var number })
        {
            index = AsIndex(number);
            return index >= 0;
        }

        if (!TryRead(member.Property, scope, out var key) || key is not JsonScopeValue { Value: var json })
        {
            return false;
        }

        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                name = json.GetString();
                return true;
            case JsonValueKind.Number:
                index = AsIndex(json.GetDouble());
                return index >= 0;
            default:
                return false;
        }
    }

    private static int AsIndex(double number) => number is >= 0 and < int.MaxValue && number == Math.Floor(number) ? (int)number : -1;

    private static bool TryReadMember(ScopeValue target, string? name, int index, out ScopeValue? value)
    {
        value = null;
        switch (target)
        {
            case ScopeObject @object when name is not null:
                value = @object.Get(name);
                return value is not null || !IsInherited(name);
            case ScopeList list when name is null:
                value = index < list.Count ? list[index] : null;
                return true;
            case ScopeList list when name == "length":
                value = ScopeValue.Of(JsonSerializer.SerializeToElement(list.Count));
                return true;
            case JsonScopeValue { Value: { ValueKind: JsonValueKind.Object } json } when name is not null:
                value = json.TryGetProperty(name, out var property) ? ScopeValue.Of(property) : null;
                return value is not null || !IsInherited(name);
            case JsonScopeValue { Value: { ValueKind: JsonValueKind.Array } json } when name is null:
                value = index < json.GetArrayLength() ? ScopeValue.Of(json[index]) : null;
                return true;
            case JsonScopeValue { Value: { ValueKind: JsonValueKind.Array } json } when name == "length":
                value = ScopeValue.Of(JsonSerializer.SerializeToElement(json.GetArrayLength()));
                return true;
            default:
                return false;
        }
    }

    /// <summary>What every JavaScript object has; the engine answers those.</summary>
    private static bool IsInherited(string name) =>
        name is "constructor" or "hasOwnProperty" or "isPrototypeOf" or "propertyIsEnumerable" or "toLocaleString" or "toString" or "valueOf"
        || name.StartsWith("__", StringComparison.Ordinal);
}

internal sealed class PathBrokenException(string member, string target) : Exception
{
    public override string Message => $"cannot read '{member}' of {target}";
}
