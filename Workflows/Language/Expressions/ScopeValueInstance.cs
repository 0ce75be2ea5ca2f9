using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>An object of the scope as JavaScript sees it: a member becomes a JavaScript value when it is first read.</summary>
internal sealed class ScopeValueInstance : ObjectInstance
{
    private readonly ScopeValue source;
    private readonly HashSet<string> deleted = new(StringComparer.Ordinal);

    private ScopeValueInstance(Engine engine, ScopeValue source)
        : base(engine)
    {
        this.source = source;
        Prototype = engine.Intrinsics.Object.PrototypeObject;
    }

    /// <summary>The JavaScript value; objects lazily, lists with their items made lazily.</summary>
    public static JsValue Create(Engine engine, ScopeValue value) => value switch
    {
        JsonScopeValue { Value: var json } => Create(engine, json),
        ScopeList list => List(engine, list),
        _ => new ScopeValueInstance(engine, value),
    };

    private static JsValue Create(Engine engine, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new JsString(json.GetString()!),
        JsonValueKind.Number => JsNumber.Create(json.GetDouble()),
        JsonValueKind.True => JsBoolean.True,
        JsonValueKind.False => JsBoolean.False,
        JsonValueKind.Array => new JsArray(engine, [.. json.EnumerateArray().Select(item => Create(engine, item))]),
        JsonValueKind.Object => new ScopeValueInstance(engine, ScopeValue.Of(json)),
        _ => Null,
    };

    private static JsArray List(Engine engine, ScopeList list)
    {
        var items = new JsValue[list.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Create(engine, list[i]);
        }

        return new JsArray(engine, items);
    }

    public override PropertyDescriptor GetOwnProperty(JsValue property)
    {
        var own = base.GetOwnProperty(property);
        if (own != PropertyDescriptor.Undefined || property is not JsString || property.AsString() is var name && deleted.Contains(name) || Read(name) is not { } value)
        {
            return own;
        }

        var descriptor = new PropertyDescriptor(value, writable: true, enumerable: true, configurable: true);
        SetOwnProperty(property, descriptor);
        return descriptor;
    }

    public override List<JsValue> GetOwnPropertyKeys(Types types = Types.String | Types.Symbol)
    {
        if (types.HasFlag(Types.String))
        {
            foreach (var name in Names())
            {
                GetOwnProperty(new JsString(name));
            }
        }

        return base.GetOwnPropertyKeys(types);
    }

    public override IEnumerable<KeyValuePair<JsValue, PropertyDescriptor>> GetOwnProperties()
    {
        GetOwnPropertyKeys(Types.String);
        return base.GetOwnProperties();
    }

    public override void RemoveOwnProperty(JsValue property)
    {
        if (property is JsString)
        {
            deleted.Add(property.AsString());
        }

        base.RemoveOwnProperty(property);
    }

    private JsValue? Read(string name) => source switch
    {
        ScopeObject @object => @object.Get(name) is { } value ? Create(_engine, value) : null,
        JsonScopeValue { Value: var json } => json.TryGetProperty(name, out var member) ? Create(_engine, member) : null,
        _ => null,
    };

    private IEnumerable<string> Names() => source switch
    {
        ScopeObject @object => @object.Names,
        JsonScopeValue { Value: var json } => json.EnumerateObject().Select(member => member.Name),
        _ => [],
    };
}
