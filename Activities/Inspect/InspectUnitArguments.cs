using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Inspect;

/// <summary>Which trading unit to probe, and how patiently.</summary>
public sealed record InspectUnitArguments
{
    [Description("The unit's id.")]
    public required string Unit { get; init; }

    [Description("For all checks together, in real time; what has no answer by then counts as unanswered, never as passed.")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    [Description("Kinds of checks to make. Empty: all that fit the unit's endpoints.")]
    public ImmutableArray<InspectionCheck> Checks { get; init; } = [];
}

/// <summary>A kind of check on a unit's endpoints. All of them are critical.</summary>
public enum InspectionCheck
{
    /// <summary>The load balancer's deep health answers 200 over HTTP.</summary>
    HttpHealth,

    /// <summary>The application says which version it is.</summary>
    HttpVersion,

    /// <summary>Database, cache and other ports accept a TCP connection.</summary>
    TcpPort,
}
