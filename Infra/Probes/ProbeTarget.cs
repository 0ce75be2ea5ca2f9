namespace Orchestrator.Infra.Probes;

/// <summary>Something a probe asks, and what it must answer.</summary>
/// <param name="Id">Names the target in checks, as in <c>unit-1/http</c>.</param>
/// <param name="Critical">True when a failure alone stops the step.</param>
public abstract record ProbeTarget(string Id, bool Critical);

/// <summary>
/// An HTTP GET. Gives check <c>http-status</c>, and, where asked for, <c>http-field</c> and <c>http-latency</c>.
/// </summary>
public sealed record HttpTarget(string Id, Uri Address, bool Critical = true) : ProbeTarget(Id, Critical)
{
    /// <summary>The status that passes. Default 200.</summary>
    public int Status { get; init; } = 200;

    /// <summary>A field of the JSON answer, as a dotted path (<c>checks.db</c>); null checks none.</summary>
    public string? Field { get; init; }

    /// <summary>What the field must hold, as text; null when it only must be there.</summary>
    public string? FieldValue { get; init; }

    /// <summary>The slowest answer that passes, in wall time; null checks none.</summary>
    public TimeSpan? MaxLatency { get; init; }
}

/// <summary>A TCP connection. Gives check <c>tcp-connect</c>, and <c>tcp-banner</c> where a banner is asked for.</summary>
public sealed record TcpTarget(string Id, string Host, int Port, bool Critical = true) : ProbeTarget(Id, Critical)
{
    /// <summary>What the first bytes the server sends must begin with (UTF-8); null checks none.</summary>
    public string? Banner { get; init; }
}
