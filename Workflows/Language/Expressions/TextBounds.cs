using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Native.Symbol;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Bounds JavaScript's built-in functions that make a large text in one call: the engine looks at memory between
/// statements only, so without this one call could take gigabytes. Each is asked beforehand how long its text can become.
/// </summary>
internal sealed class TextBounds(EvaluationGuard guard, SyntaxNeeds needs)
{
    /// <summary>The longest text that one call may make, in characters.</summary>
    public const int Longest = 4 * 1024 * 1024;

    /// <summary>The longest text that is taken apart by a pattern, in characters.</summary>
    private const int LongestSearched = 1_000_000;

    private const double MostCompared = 1e10;

    /// <summary>The deepest value that a function which goes through all of it takes.</summary>
    private const int Deepest = 64;

    private static readonly JsString Length = new("length");

    public void Apply(Engine engine)
    {
        var text = Prototype(engine, "String");
        Bound(engine, text, "repeat", (self, arguments) => TextLength(self) * Math.Max(0, Number(arguments.At(0))));
        Bound(engine, text, "padStart", (_, arguments) => Number(arguments.At(0)));
        Bound(engine, text, "padEnd", (_, arguments) => Number(arguments.At(0)));
        Bound(engine, text, "concat", (self, arguments) => TextLength(self) + arguments.Sum(argument => (double)TextLength(argument)));
        Bound(engine, text, "replace", (self, arguments) => arguments.At(0).IsObject() ? 0 : Replaced(self, arguments, matches: 1));
        Bound(engine, text, "replaceAll", (self, arguments) => arguments.At(0).IsObject() ? 0 : Replaced(self, arguments, TextLength(self) + 1));
        if (needs.MayCall("replace") || needs.MayCall("replaceAll"))
        {
            Bound(engine, Prototype(engine, "RegExp"), GlobalSymbolRegistry.Replace, ReplacedByPattern);
        }

        foreach (var search in (string[])["indexOf", "lastIndexOf", "includes", "split", "replace", "replaceAll"])
        {
            Limit(engine, text, search, (self, arguments) => Compared(self, arguments.At(0)));
        }

        Limit(engine, text, "split", (self, _) => Searched(self));
        Limit(engine, text, "normalize", (self, _) => Searched(self));
        foreach (var (name, search) in (ReadOnlySpan<(string, JsValue)>)[("match", GlobalSymbolRegistry.Match), ("matchAll", GlobalSymbolRegistry.MatchAll), ("split", GlobalSymbolRegistry.Split)])
        {
            if (!needs.MayCall(name))
            {
                continue;
            }

            Limit(engine, Prototype(engine, "RegExp"), search, (_, arguments) => Searched(arguments.At(0)));
        }

        var list = Prototype(engine, "Array");
        // Each text of a list is made whole before it is compared.
        foreach (var compares in (string[])["sort", "toSorted"])
        {
            Limit(engine, list, compares, (self, _) => Whole(self));
        }

        foreach (var compares in (string[])["indexOf", "lastIndexOf", "includes"])
        {
            Limit(engine, list, compares, (self, arguments) => arguments.At(0) is JsString { Length: > 1024 } ? Whole(self) : null);
        }

        Limit(engine, engine.GetValue("String").AsObject(), "raw", (_, arguments) => arguments.At(0) is ObjectInstance strings ? Whole(strings.Get("raw")) : null);
        Limit(engine, list, "flat", (self, arguments) => Number(arguments.At(0)) > 1 ? Deep(self) : null);
        Limit(engine, list, "toLocaleString", (self, _) => Deep(self));
        Bound(engine, Prototype(engine, "Array"), "join", (self, arguments) => Walked(self, arguments.At(0).IsUndefined() ? 1 : TextLength(arguments.At(0)), 0));
        // The ways to a whole number of any length that is not written in the expression itself: see SyntaxBounds.
        if (needs.MayCall("toTemporalInstant"))
        {
            Prototype(engine, "Date").Delete("toTemporalInstant");
        }

        if (needs.MayCall("constructor"))
        {
            Prototype(engine, "BigInt").Delete("constructor");
        }

        Bound(engine, engine.GetValue("JSON").AsObject(), "stringify", (_, arguments) => Walked(arguments.At(0), 1, arguments.At(2).IsUndefined() ? 0 : 10));
    }

    /// <summary>The value again, where <paramref name="times"/> texts as long as it are not too much at once.</summary>
    /// <exception cref="ResultRefusedException">They are.</exception>
    public static JsValue Bounded(JsValue value, int times)
    {
        if (value is JsString text && (long)text.Length * (times == 1 ? 1 : times / 4) > Longest)
        {
            throw new ResultRefusedException("expression-too-large", $"makes a text of more than {Longest:N0} characters");
        }

        return times > 1 && Whole(value) is { } reason ? throw new ResultRefusedException("expression-too-large", reason) : value;
    }

    /// <summary>Why a list's texts are too much together, or null. A text that was put together takes no memory until it is read.</summary>
    private static string? Whole(JsValue value)
    {
        if (value is not JsArray list)
        {
            return null;
        }

        long total = 0;
        for (uint i = 0; i < list.Length; i++)
        {
            total += list.TryGetValue(i, out var item) && item is JsString text ? text.Length : 0;
            if (total > 4L * Longest)
            {
                return $"works on texts of more than {4L * Longest:N0} characters together";
            }
        }

        return null;
    }

    /// <summary>Conversions call join.</summary>
    private bool Applies(JsValue name) => !name.IsString() || name.ToString() is var text && (text == "join" || needs.MayCall(text));

    private static ObjectInstance Prototype(Engine engine, string constructor) => engine.GetValue(constructor).Get("prototype").AsObject();

    private void Bound(Engine engine, ObjectInstance owner, JsValue name, Func<JsValue, JsValue[], double> length)
    {
        if (!Applies(name))
        {
            return;
        }

        var original = (Function)owner.Get(name);
        var bounded = new ClrFunction(engine, original.Get("name").ToString(), (self, arguments) =>
            length(self, arguments) > Longest
                ? throw new ResultRefusedException("expression-too-large", $"makes a text of more than {Longest:N0} characters")
                : original.Call(self, arguments));
        owner.FastSetProperty(name, new PropertyDescriptor(bounded, writable: true, enumerable: false, configurable: true));
    }

    /// <summary>Refuses a call for the reason that <paramref name="refusal"/> gives.</summary>
    private void Limit(Engine engine, ObjectInstance owner, JsValue name, Func<JsValue, JsValue[], string?> refusal)
    {
        if (!Applies(name))
        {
            return;
        }

        var original = (Function)owner.Get(name);
        var limited = new ClrFunction(engine, original.Get("name").ToString(), (self, arguments) =>
            refusal(self, arguments) is { } reason ? throw new ResultRefusedException("expression-too-large", reason) : original.Call(self, arguments));
        owner.FastSetProperty(name, new PropertyDescriptor(limited, writable: true, enumerable: false, configurable: true));
    }

    /// <summary>Each match of a pattern is a value of its own, made in one call.</summary>
    private static string? Searched(JsValue text) =>
        text is JsString { Length: > LongestSearched } ? $"takes a text of more than {LongestSearched:N0} characters apart" : null;

    /// <summary>To look for a long text in a long one compares each place with all of it.</summary>
    private static string? Compared(JsValue text, JsValue part) =>
        text is JsString whole && part is JsString wanted && wanted.Length > 64 && (double)whole.Length * wanted.Length > MostCompared
            ? $"looks for a text of {wanted.Length:N0} characters in one of {whole.Length:N0}" : null;

    /// <summary>A list of few lists that stand in each other twice has no end in practice either.</summary>
    private string? Deep(JsValue value) =>
        Walked(value, 1, 0) > Longest ? $"goes through a value of more than {Longest:N0} parts" : null;

    private double ReplacedByPattern(JsValue pattern, JsValue[] arguments)
    {
        var all = pattern is ObjectInstance expression && TypeConverter.ToBoolean(expression.Get("global"));
        // A group that looks ahead or behind can hold the same characters at every match.
        var looksAround = pattern is ObjectInstance known && known.Get("source").ToString().Contains("(?", StringComparison.Ordinal);
        return Replaced(arguments.At(0), arguments, all ? TextLength(arguments.At(0)) + 1 : 1, looksAround);
    }

    /// <summary>The longest that <paramref name="matches"/> replacements can make of a text. A function is bounded by the statements that it runs.</summary>
    private double Replaced(JsValue self, JsValue[] arguments, double matches, bool overlapping = false)
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
    private double Walked(JsValue value, double between, double indent)
    {
        double total = 0;
        Walk(value, 1);
        return total;

        void Walk(JsValue part, int depth)
        {
            total += part is JsString text ? text.Length : 1;
            guard.BeforePart();
            if (part is not ObjectInstance parent)
            {
                return;
            }

            if (depth > Deepest)
            {
                throw new ResultRefusedException("expression-too-large", $"works on a value nested deeper than {Deepest} levels, or one that contains itself");
            }

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

    private long TextLength(JsValue value) => value switch
    {
        JsString text => text.Length,
        ObjectInstance parent when parent.IsArray() => (long)Walked(parent, 1, 0),
        _ => 32,
    };

    private static double Number(JsValue value) => value.IsPrimitive() && !value.IsSymbol() && !value.IsBigInt() ? TypeConverter.ToNumber(value) : double.PositiveInfinity;
}
