namespace Orchestrator.Infra.Clusters;

/// <summary>A writer with a greater fencing token holds the cluster (or the node): this one must stop and change nothing more.</summary>
public sealed class FencedException(string resource, long token, long held, string? holder)
    : Exception($"{resource} is held with fencing token {held}{(holder is null ? "" : $" by run {holder}")}; this writer has {token}")
{
    public string Resource { get; } = resource;

    /// <summary>This writer's token.</summary>
    public long Token { get; } = token;

    /// <summary>The greater token found there.</summary>
    public long Held { get; } = held;

    /// <summary>The run that holds it, where it is known.</summary>
    public string? Holder { get; } = holder;
}
