using System.Collections.Frozen;
using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Puts a check before every built-in function. The engine checks its limits at statements and at entries into functions
/// of the expression. A built-in function that calls another one passes neither: <c>o.toString = ''.trim</c> calls itself
/// in .NET until the stack is used up, and <c>list.map(JSON.parse)</c> has no end that anybody would wait for. It takes a
/// while, so it is done only where the syntax can get at a built-in function as a value: see <see cref="SyntaxBounds"/>.
/// </summary>
internal static class BuiltInGuard
{
    /// <summary>Values from which all built-in functions can be reached that an expression can reach.</summary>
    private const string Roots = """
        [ Array, Boolean, Date, JSON, Map, Math, Number, Object, RegExp, Set, String, Error, RangeError, TypeError, parseFloat, parseInt, isNaN, isFinite,
          decodeURIComponent, encodeURIComponent, [].values(), [].values().map(x => x), new Map().keys(), new Set().keys(), ''[Symbol.iterator](), ''.matchAll(/a/g), /a/, Symbol, Object(7n),
          () => 1, function* () {}, (function* () {})(), async () => 1, Promise, async function* () {}, (async function* () {})() ]
        """;

    private static readonly Prepared<Acornima.Ast.Script> RootsScript = Engine.PrepareScript(Roots, strict: true);

    private static readonly FrozenSet<string> TakesCallback = FrozenSet.ToFrozenSet(
    [
        "map", "filter", "forEach", "every", "some", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "reduce", "reduceRight", "sort", "toSorted",
        "from", "fromAsync", "groupBy", "replace", "replaceAll", "[Symbol.replace]", "parse", "stringify", "then", "catch", "finally", "getOrInsertComputed",
    ]);

    private static readonly Lazy<FrozenSet<string>> LazyNames = new(() => KnownStack.Run(needsStack: true, () =>
    {
        using var engine = new Engine(options => options.Strict());
        var names = new HashSet<string>(StringComparer.Ordinal);
        Visit(engine, (_, name, descriptor) =>
        {
            if (name.IsString() && !descriptor.IsAccessorDescriptor())
            {
                names.Add(name.ToString());
            }
        });
        return names.ToFrozenSet(StringComparer.Ordinal);
    }));

    /// <summary>The names of all built-in functions that are members of anything, constructors too.</summary>
    public static FrozenSet<string> Names => LazyNames.Value;

    public static void Apply(Engine engine, EvaluationGuard guard, TextBounds bounds)
    {
        var guarded = new Dictionary<JsValue, ClrFunction>(ReferenceEqualityComparer.Instance);
        var changes = new List<(ObjectInstance Owner, JsValue Name, PropertyDescriptor Descriptor)>();
        Visit(engine, (owner, name, descriptor) =>
        {
            if (descriptor.IsAccessorDescriptor())
            {
                changes.Add((owner, name, new GetSetPropertyDescriptor(Guarded(descriptor.Get), Guarded(descriptor.Set), enumerable: false, configurable: true)));
            }
            else if (descriptor.Value is Function function && !IsConstructor(function))
            {
                changes.Add((owner, name, new PropertyDescriptor(Guarded(function), writable: true, enumerable: false, configurable: true)));
            }
        });
        foreach (var (owner, name, descriptor) in changes)
        {
            owner.FastSetProperty(name, descriptor);
        }

        foreach (var name in (string[])["parseFloat", "parseInt", "isNaN", "isFinite", "decodeURIComponent", "encodeURIComponent"])
        {
            engine.SetValue(name, Guarded(engine.GetValue(name)));
        }

        JsValue Guarded(JsValue? original)
        {
            if (original is not Function function)
            {
                return JsValue.Undefined;
            }

            if (guarded.TryGetValue(function, out var known))
            {
                return known;
            }

            var name = function.Get("name").ToString();
            var takesCallback = TakesCallback.Contains(name);
            return guarded[function] = new ClrFunction(engine, name, (self, arguments) =>
            {
                guard.BeforeBuiltIn();
                if (takesCallback)
                {
                    arguments = [.. arguments.Select(argument => argument is Function callback and not ScriptFunction and not ClrFunction ? Counted(engine, guard, callback) : argument)];
                }

                if (name == "apply")
                {
                    TextBounds.Bounded(arguments.At(1), 4);
                }

                return function.Call(self, arguments);
            }, (int)TypeConverter.ToNumber(function.Get("length")));
        }
    }

    public static bool IsBuiltIn(JsValue value) => value is Function and not ScriptFunction;

    /// <summary>A built-in function that is called for each item, such as Number.</summary>
    public static ClrFunction Counted(Engine engine, EvaluationGuard guard, Function callback) => new(engine, "", (self, arguments) =>
    {
        guard.BeforeBuiltIn();
        return callback.Call(self, arguments);
    });

    /// <summary>Visits each member that is a built-in function or has one as its accessor.</summary>
    private static void Visit(Engine engine, Action<ObjectInstance, JsValue, PropertyDescriptor> member)
    {
        var seen = new HashSet<ObjectInstance>(ReferenceEqualityComparer.Instance);
        var open = new Stack<ObjectInstance>();
        var roots = engine.Evaluate(RootsScript).AsArray();
        seen.Add(roots);
        foreach (var root in roots)
        {
            Open(root as ObjectInstance);
        }

        while (open.TryPop(out var owner))
        {
            Open(owner.Prototype);
            foreach (var name in owner.GetOwnPropertyKeys())
            {
                var descriptor = owner.GetOwnProperty(name);
                if (descriptor.IsAccessorDescriptor())
                {
                    if (descriptor.Configurable)
                    {
                        member(owner, name, descriptor);
                    }

                    continue;
                }

                Open(descriptor.Value as ObjectInstance);
                if (descriptor.Value is Function and not ScriptFunction)
                {
                    member(owner, name, descriptor);
                }
            }
        }

        void Open(ObjectInstance? next)
        {
            if (next is not null && seen.Add(next))
            {
                open.Push(next);
            }
        }
    }

    private static bool IsConstructor(Function function) => function.GetOwnProperty("prototype").Value is ObjectInstance || function.Get("name").ToString() is "Proxy";
}
