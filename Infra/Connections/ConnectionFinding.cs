namespace Orchestrator.Infra.Connections;

/// <summary>What became of trying a connection.</summary>
public enum ConnectionStatus
{
    /// <summary>It does what is needed of it.</summary>
    Works,

    /// <summary>It answers, and something of what the product can do rests on what is not there.</summary>
    Limited,

    /// <summary>It is configured and cannot be used.</summary>
    Fails,

    /// <summary>Nothing is configured, so nothing was tried.</summary>
    NotConfigured,
}

/// <summary>One thing that was tried of a connection to the world.</summary>
/// <param name="Connection">Which one, as the settings call it: <c>cluster hz-batch-a</c>, <c>alibaba</c>, <c>traffic</c>, <c>metrics</c>.</param>
/// <param name="Check">What was tried: <c>version</c>, <c>permissions</c>, ….</param>
/// <param name="Detail">What was seen, in one line.</param>
public sealed record ConnectionFinding(string Connection, string Check, ConnectionStatus Status, string Detail)
{
    /// <summary>What to do about it, in one sentence; null when nothing is wrong.</summary>
    public string? Fix { get; init; }

    /// <summary>Where it is, without secrets; null when it has no address.</summary>
    public string? Where { get; init; }

    /// <summary>Whether a simulated cloud answered, by its own word; null when nobody answered.</summary>
    public bool? Simulated { get; init; }
}
