namespace Orchestrator.Infra.Metrics;

/// <summary>Why there is no answer.</summary>
public enum MetricsFailure
{
    /// <summary>No connection.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>Status 3xx or 4xx: credentials, address.</summary>
    Refused,

    /// <summary>Status 5xx or 429, or an error that the server names.</summary>
    Failing,

    /// <summary>What was answered is not metrics: HTML, another format, cut off, a series twice.</summary>
    NotMetrics,

    /// <summary>More bytes or series than are taken in.</summary>
    TooLarge,

    /// <summary>The query is wrong, or asks for what the source cannot answer.</summary>
    BadQuery,

    /// <summary>A matrix or a text where a value is needed.</summary>
    WrongType,

    /// <summary>The newest sample, or the server's clock, is too old.</summary>
    Stale,

    /// <summary>There is no such series, or no source at all.</summary>
    Absent,
}

/// <summary>Metrics gave no usable answer. The message says where, why and what to do.</summary>
/// <param name="place">The server, endpoint or query.</param>
/// <param name="fix">What to do.</param>
public sealed class MetricsException(MetricsFailure failure, string place, string reason, string fix, Exception? inner = null) : Exception($"{place}: {reason}; {fix}", inner)
{
    public MetricsFailure Failure { get; } = failure;

    public string Reason { get; } = reason;

    public string Fix { get; } = fix;

    /// <summary>Nothing is broken, but the value is not known now.</summary>
    public bool IsUnknown => Failure is MetricsFailure.Stale or MetricsFailure.Absent;
}
