using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>RFC 7386.</summary>
internal static class MergePatch
{
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                target[name] = Apply(target[name] is JsonObject there ? Detach(target, name, there) : [], inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }

        return target;
    }

    public static JsonObject Detach(JsonObject parent, string name, JsonObject child)
    {
        parent.Remove(name);
        return child;
    }
}
