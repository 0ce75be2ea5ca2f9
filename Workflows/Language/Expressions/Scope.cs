using System.Text.Json;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>The names an expression can use, innermost first. Immutable; cheap to extend.</summary>
public sealed class Scope
{
    private readonly Scope? outer;
    private readonly string name;
    private readonly ScopeValue value;

    private Scope(Scope? outer, string name, ScopeValue value)
    {
        this.outer = outer;
        this.name = name;
        this.value = value;
    }

    /// <summary>No names at all.</summary>
    public static Scope Empty { get; } = new(null, "", ScopeValue.Of(default));

    /// <summary>This scope with one more name, which hides an outer one of the same name.</summary>
    public Scope With(string name, ScopeValue value) => new(this, name, value);

    /// <inheritdoc cref="With(string, ScopeValue)"/>
    public Scope With(string name, JsonElement value) => new(this, name, ScopeValue.Of(value));

    /// <summary>The value under a name, or null when nothing has it.</summary>
    public ScopeValue? Find(string name)
    {
        for (var scope = this; scope.outer is not null; scope = scope.outer)
        {
            if (scope.name == name)
            {
                return scope.value;
            }
        }

        return null;
    }

    /// <summary>All names, innermost first; one that is hidden comes again.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            for (var scope = this; scope.outer is not null; scope = scope.outer)
            {
                yield return scope.name;
            }
        }
    }
}

/// <summary>A value an expression can read: JSON, or an object or list whose parts are looked up only when read.</summary>
public abstract class ScopeValue
{
    private protected ScopeValue()
    {
    }

    public static ScopeValue Of(JsonElement value) => new JsonScopeValue(value);
}

/// <summary>A JSON value. An undefined element counts as null.</summary>
public sealed class JsonScopeValue(JsonElement value) : ScopeValue
{
    public JsonElement Value { get; } = value.ValueKind == JsonValueKind.Undefined ? Null : value;

    private static readonly JsonElement Null = JsonElement.Parse("null");
}

/// <summary>An object whose members are found when an expression reads them, so that <c>steps</c> of a large run is never serialised.</summary>
public abstract class ScopeObject : ScopeValue
{
    /// <summary>The member, or null when there is none.</summary>
    public abstract ScopeValue? Get(string name);

    /// <summary>All members, for an expression that enumerates or returns the whole object.</summary>
    public abstract IEnumerable<string> Names { get; }
}

/// <summary>A list whose items are made when an expression reads them.</summary>
public abstract class ScopeList : ScopeValue
{
    public abstract int Count { get; }

    /// <summary>The item at an index from 0 to <see cref="Count"/> - 1.</summary>
    public abstract ScopeValue this[int index] { get; }
}
