using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// <c>JSON.parse</c> with a reviver, bounded in depth: a reviver can put a value into itself, and the engine's own would
/// follow it until the stack ends, since it calls the reviver on the way back only.
/// </summary>
internal static class JsonReviver
{
    public static void Apply(Engine engine, ObjectInstance json)
    {
        var parse = (Function)json.Get("parse");
        var bounded = new ClrFunction(engine, "parse", (self, arguments) =>
        {
            var value = parse.Call(self, [arguments.At(0)]);
            if (arguments.At(1) is not Function reviver)
            {
                return value;
            }

            var root = new JsObject(engine);
            root.Set("", value);
            return Revive(engine, reviver, root, JsString.Empty, 0);
        });
        json.FastSetProperty("parse", new PropertyDescriptor(bounded, writable: true, enumerable: false, configurable: true));
    }

    private static JsValue Revive(Engine engine, Function reviver, ObjectInstance holder, JsValue name, int depth)
    {
        var value = holder.Get(name);
        if (value is ObjectInstance parent and not Function)
        {
            TextBounds.RefuseDepth(depth);
            foreach (var key in parent.GetOwnPropertyKeys(Types.String))
            {
                if (!parent.GetOwnProperty(key).Enumerable)
                {
                    continue;
                }

                var revived = Revive(engine, reviver, parent, key, depth + 1);
                if (revived.IsUndefined())
                {
                    parent.Delete(key);
                }
                else
                {
                    parent.Set(key, revived);
                }
            }
        }

        return reviver.Call(holder, [name, value]);
    }
}
