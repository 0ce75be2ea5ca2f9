namespace Orchestrator.Workflows.Model.Membership;

/// <summary>This server was silent for too long and has been evicted: others have its runs, and it must join again as a new instance.</summary>
internal sealed class FencedException(string instance)
    : EngineUnavailableException($"Server instance {instance} was silent for too long and has been evicted; other servers have its runs. Ask again.");

/// <summary>Two processes run under one name; the message says how to fix it.</summary>
public sealed class ServerNameTakenException(ServerInfo holder)
    : Exception($"another process that is alive runs as server '{holder.Name}'; stop it, or give this one a name of its own with --name NAME")
{
    /// <summary>The server that has the name.</summary>
    public ServerInfo Holder => holder;
}
