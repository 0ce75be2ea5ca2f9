namespace Orchestrator.Workflows.Model.Membership;

/// <summary>This node was silent for too long and has been declared dead: others have its runs, and it must join again as a new instance.</summary>
internal sealed class FencedException(string instance)
    : EngineUnavailableException($"Node instance {instance} was silent for too long and has been declared dead; other nodes have its runs. Ask again.");

/// <summary>Two processes run under one name; the message says how to mend it.</summary>
public sealed class NodeNameTakenException(NodeInfo holder)
    : Exception($"another process that is alive runs as node '{holder.Name}'; stop it, or give this one a name of its own with --node NAME")
{
    /// <summary>The node that has the name.</summary>
    public NodeInfo Holder => holder;
}
