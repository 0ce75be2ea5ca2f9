using System.Collections.Immutable;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Bus;

/// <summary>Names of the queues.</summary>
internal static class Queues
{
    private const string Prefix = "orchestrator-";

    /// <summary>Tasks of a lane that ask for these tags of a worker, sorted.</summary>
    public static string Tasks(Lane lane, ImmutableArray<string> tags)
    {
        var name = Prefix + (lane == Lane.Emergency ? "tasks-emergency" : "tasks-normal");
        // MassTransit takes no '=' in a name; a colon is in no tag.
        return tags.IsDefaultOrEmpty ? name : $"{name}.{string.Join('.', tags).Replace('=', ':')}";
    }

    /// <summary>What workers tell the engine of a node: results and facts.</summary>
    public static string Engine(string node) => $"{Prefix}engine-{node}";

    /// <summary>What a node is told that is worth nothing without it: notes for its tasks, progress, mail for runs that it decides, answers.</summary>
    public static string Node(string node) => $"{Prefix}node-{node}";
}
