using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Bounds chains of lazy iterators (<c>map</c>, <c>filter</c>, <c>take</c> and the like on an iterator): asking the last one
/// for its next value asks all before it within .NET, without a statement, a function of the expression or a probe of the
/// engine on the way.
/// </summary>
internal static class IteratorBounds
{
    public static void Apply(Engine engine, EvaluationGuard guard)
    {
        var values = (Function)engine.GetValue("Array").Get("prototype").Get("values");
        var iterator = (ObjectInstance)values.Call(new JsArray(engine), []);
        var helper = (ObjectInstance)((Function)iterator.Get("map")).Call(iterator, [values]);
        var prototype = helper.Prototype!;
        Guard(engine, guard, prototype, "next");
        Guard(engine, guard, prototype, "return");
        // Iterator.from, concat and zip chain in ways of their own; Iterator is no name of an expression anyway.
        iterator.Prototype!.Prototype!.Delete("constructor");
    }

    private static void Guard(Engine engine, EvaluationGuard guard, ObjectInstance owner, string name)
    {
        var original = (Function)owner.Get(name);
        var guarded = new ClrFunction(engine, name, (self, arguments) =>
        {
            guard.BeforeBuiltIn();
            return original.Call(self, arguments);
        });
        owner.FastSetProperty(name, new PropertyDescriptor(guarded, writable: true, enumerable: false, configurable: true));
    }
}
