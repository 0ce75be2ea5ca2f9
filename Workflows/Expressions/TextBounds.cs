using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Native.Symbol;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Bounds JavaScript's built-in functions that make a large text or list in one call, or go deep without running any code: the engine looks at memory between
/// statements only, so without this one call could take gigabytes. Each is asked beforehand how long its text can become.
/// </summary>
internal static class TextBounds
{
    /// <summary>The longest text that one call may make, in characters.</summary>
    public const int Longest = 4 * 1024 * 1024;

    /// <summary>The longest list that one call may make, in items.</summary>
    public const int MostItems = 1_000_000;

    /// <summary>How deep lists and objects may be nested where one call goes through all of them.</summary>
    public const int Deepest = 64;

    /// <summary>How many values all such calls of one evaluation may go through. Each level of a list that becomes a text is a call of its own.</summary>
    public const int MostWalked = 2_000_000;

    /// <summary>What the evaluation on this thread has gone through so far.</summary>
    [ThreadStatic]
    private static int walked;

    private static readonly JsString Length = new("length");

    public static void Apply(Engine engine)
    {
        walked = 0;
        var text = Prototype(engine, "String");
        Bound(engine, text, "repeat", (self, arguments) => TextLength(self) * Math.Max(0, Number(arguments.At(0))));
        Bound(engine, text, "padStart", (_, arguments) => Number(arguments.At(0)));
        Bound(engine, text, "padEnd", (_, arguments) => Number(arguments.At(0)));
        Bound(engine, text, "concat", (self, arguments) => TextLength(self) + arguments.Sum(argument => (double)TextLength(argument)));
        Bound(engine, text, "replace", (self, arguments) => arguments.At(0).IsObject() ? 0 : Replaced(self, arguments, matches: 1));
        Bound(engine, text, "replaceAll", (self, arguments) => arguments.At(0).IsObject() ? 0 : Replaced(self, arguments, TextLength(self) + 1));
        Bound(engine, Prototype(engine, "RegExp"), GlobalSymbolRegistry.Replace, ReplacedByPattern);
        Bound(engine, Prototype(engine, "Array"), "join", (self, arguments) => Walked(self, arguments.At(0).IsUndefined() ? 1 : TextLength(arguments.At(0)), 0));
        Bound(engine, Prototype(engine, "Array"), "toLocaleString", (self, _) => Walked(self, 1, 0));
        BoundItems(engine, "flat", (self, arguments) => Flattened(self, arguments.At(0).IsUndefined() ? 1 : Number(arguments.At(0))));
        BoundItems(engine, "concat", (self, arguments) => arguments.Aggregate(Items(self), (sum, argument) => sum + Items(argument)));
        // JSON.parse has a limit of 64 levels of its own, and a reviver cannot reach what it walks: `this` is in no expression.
        Bound(engine, engine.GetValue("JSON").AsObject(), "stringify", (_, arguments) => Walked(arguments.At(0), 1, arguments.At(2).IsUndefined() ? 0 : 10));
        // The ways to a whole number of any length that is not written in the expression itself: see SyntaxBounds.
        Prototype(engine, "Date").Delete("toTemporalInstant");
        Prototype(engine, "BigInt").Delete("constructor");
    }

    private static ObjectInstance Prototype(Engine engine, string constructor) => engine.GetValue(constructor).Get("prototype").AsObject();

    private static void Bound(Engine engine, ObjectInstance owner, JsValue name, Func<JsValue, JsValue[], double> length)
    {
        var original = (Function)owner.Get(name);
        var bounded = new ClrFunction(engine, original.Get("name").ToString(), (self, arguments) =>
            length(self, arguments) > Longest
                ? throw new ResultRefusedException("expression-too-large", $"makes a text of more than {Longest:N0} characters")
                : original.Call(self, arguments));
        owner.FastSetProperty(name, new PropertyDescriptor(bounded, writable: true, enumerable: false, configurable: true));
    }

    private static void BoundItems(Engine engine, string name, Func<JsValue, JsValue[], double> items)
    {
        var owner = Prototype(engine, "Array");
        var original = (Function)owner.Get(name);
        var bounded = new ClrFunction(engine, name, (self, arguments) =>
            items(self, arguments) > MostItems
                ? throw new ResultRefusedException("expression-too-large", $"makes a list of more than {MostItems:N0} items")
                : original.Call(self, arguments));
        owner.FastSetProperty(name, new PropertyDescriptor(bounded, writable: true, enumerable: false, configurable: true));
    }

    private static double Items(JsValue value) => value is ObjectInstance list && list.IsArray() ? TypeConverter.ToNumber(list.Get(Length)) : 1;

    /// <summary>How many items a list has once lists in it are laid out, as deep as is asked for; stops as soon as there are too many.</summary>
    private static double Flattened(JsValue value, double levels)
    {
        double total = 0;
        Flatten(value, 0);
        return total;

        void Flatten(JsValue part, int depth)
        {
            if (depth > levels || part is not ObjectInstance list || !list.IsArray())
            {
                total++;
                return;
            }

            RefuseDepth(depth);
            // A list counts itself, so that lists of empty lists come to an end too.
            total++;
            var count = TypeConverter.ToNumber(list.Get(Length));
            for (uint i = 0; i < count && total <= MostItems; i++)
            {
                Flatten(list.Get(i), depth + 1);
            }
        }
    }

    internal static void RefuseDepth(int depth)
    {
        if (depth > Deepest)
        {
            throw new ResultRefusedException("expression-too-large", $"goes through lists or objects that are nested deeper than {Deepest} levels, or that contain themselves");
        }
    }

    private static double ReplacedByPattern(JsValue pattern, JsValue[] arguments)
    {
        var all = pattern is ObjectInstance expression && TypeConverter.ToBoolean(expression.Get("global"));
        // A group that looks ahead or behind can hold the same characters at every match.
        var looksAround = pattern is ObjectInstance known && known.Get("source").ToString().Contains("(?", StringComparison.Ordinal);
        return Replaced(arguments.At(0), arguments, all ? TextLength(arguments.At(0)) + 1 : 1, looksAround);
    }

    /// <summary>The longest that <paramref name="matches"/> replacements can make of a text. A function is bounded by the statements that it runs.</summary>
    private static double Replaced(JsValue self, JsValue[] arguments, double matches, bool overlapping = false)
    {
        var length = (double)TextLength(self);
        if (arguments.At(1) is not JsString text)
        {
            return length;
        }

        // $` and $' stand for the rest of the text at each match; $& and groups for parts of it that do not overlap.
        var replacement = text.ToString();
        var rests = replacement.AsSpan().Count("$`") + replacement.AsSpan().Count("$'");
        var groups = replacement.Count('$') - rests;
        return length + (groups * length) + (matches * (replacement.Length + ((rests + (overlapping ? groups : 0)) * length)));
    }

    /// <summary>About how long a value is as text, with what stands between its parts; stops as soon as it is too long.</summary>
    private static double Walked(JsValue value, double between, double indent)
    {
        double total = 0;
        Walk(value, 1);
        return total;

        void Walk(JsValue part, int depth)
        {
            total += part is JsString text ? text.Length : 1;
            if (++walked > MostWalked)
            {
                throw new ResultRefusedException("expression-too-large", $"goes through more than {MostWalked:N0} values in calls such as join, toString and JSON.stringify");
            }

            if (part is not ObjectInstance parent || total > Longest)
            {
                return;
            }

            RefuseDepth(depth);
            if (parent.IsArray())
            {
                var count = TypeConverter.ToNumber(parent.Get(Length));
                total += count * between;
                for (uint i = 0; i < count && total <= Longest; i++)
                {
                    total += indent * depth;
                    Walk(parent.Get(i), depth + 1);
                }
            }
            else if (parent is not Function)
            {
                foreach (var (name, member) in parent.GetOwnProperties())
                {
                    if (total > Longest)
                    {
                        return;
                    }

                    total += name.ToString().Length + between + (indent * depth);
                    Walk(member.Value ?? JsValue.Undefined, depth + 1);
                }
            }
        }
    }

    private static long TextLength(JsValue value) => value switch
    {
        JsString text => text.Length,
        ObjectInstance parent when parent.IsArray() => (long)Walked(parent, 1, 0),
        _ => 32,
    };

    private static double Number(JsValue value) => value.IsPrimitive() && !value.IsSymbol() && !value.IsBigInt() ? TypeConverter.ToNumber(value) : double.PositiveInfinity;
}
