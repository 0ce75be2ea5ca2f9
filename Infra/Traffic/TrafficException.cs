using System.Collections.Immutable;

namespace Orchestrator.Infra.Traffic;

/// <summary>What kept the traffic from being read or divided, for those who must act on it.</summary>
public enum TrafficErrorKind
{
    /// <summary>Other weights are there than those that were to be replaced: somebody else has changed them. Nothing was written.</summary>
    ChangedMeanwhile,

    /// <summary>Another field manager owns the route's rules (<see cref="TrafficException.Managers"/>). Nothing was written.</summary>
    FieldConflict,

    /// <summary>The router refuses the new division; <see cref="TrafficException.Reason"/> has its word. It was written.</summary>
    NotAccepted,

    /// <summary>The router has not looked at the new division within the time that is given for it. It was written.</summary>
    NotObserved,

    /// <summary>There is no such backend: a destination has no name there, or the name leads nowhere.</summary>
    NoSuchBackend,

    /// <summary>There is no such route, rule or listener.</summary>
    NoSuchRoute,

    /// <summary>Credentials or permissions do not suffice.</summary>
    Denied,

    /// <summary>Another change was under way during all tries. Nothing was written.</summary>
    Busy,

    /// <summary>Too many requests, after all tries.</summary>
    Throttled,

    /// <summary>No usable answer, after all tries.</summary>
    Unreachable,

    /// <summary>What is there cannot be understood as a division of the traffic, or the server refuses what was written as invalid.</summary>
    Unusable,
}

/// <summary>The traffic could not be read or divided. The message names the route, what is wrong and what to do about it.</summary>
public sealed class TrafficException : Exception
{
    internal TrafficException(TrafficErrorKind kind, string target, string what, string fix, Exception? inner = null)
        : base($"{target}: {what.TrimEnd('.')}. {fix}", inner) => (Kind, Target, What, Fix) = (kind, target, what, fix);

    public TrafficErrorKind Kind { get; }

    /// <summary>The route or rule.</summary>
    public string Target { get; }

    /// <summary>What is wrong.</summary>
    public string What { get; }

    /// <summary>What to do about it.</summary>
    public string Fix { get; }

    /// <summary>With <see cref="TrafficErrorKind.NotAccepted"/> and <see cref="TrafficErrorKind.NoSuchBackend"/>: the router's word, such as <c>BackendNotFound</c>. Null: it gave none.</summary>
    public string? Reason { get; init; }

    /// <summary>With <see cref="TrafficErrorKind.FieldConflict"/>: who else owns what was to be written.</summary>
    public ImmutableArray<string> Managers { get; init; } = [];

    /// <summary>The new weights may be written although this failed, and reading back did not tell.</summary>
    public bool EffectUnknown { get; init; }

    /// <summary>The new weights are written and not in force: whoever asked for them should put back what held before.</summary>
    public bool Written { get; init; }

    /// <summary>The same later may succeed without anybody doing anything.</summary>
    public bool Retryable => Kind is TrafficErrorKind.NotObserved or TrafficErrorKind.Busy or TrafficErrorKind.Throttled or TrafficErrorKind.Unreachable or TrafficErrorKind.NotAccepted or TrafficErrorKind.NoSuchBackend;
}
