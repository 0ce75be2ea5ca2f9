using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Infra.Settings;

/// <summary>What divides the buyers' traffic.</summary>
public enum TrafficRouterKind
{
    /// <summary>The weights of an HTTPRoute's backends (Gateway API).</summary>
    HttpRoute,

    /// <summary>The weights of server groups in a forwarding rule of an application load balancer (Alibaba Cloud).</summary>
    Alb,
}

/// <summary>Section <c>Infra:Traffic</c>: how the traffic is divided among home and the units. See <c>docs/traffic.md</c>.</summary>
public sealed class TrafficOptions
{
    /// <summary>Default <see cref="TrafficRouterKind.HttpRoute"/>.</summary>
    public TrafficRouterKind Kind { get; set; }

    /// <summary>HTTPRoute: the cluster that holds it, an id of <c>Infra:Clusters</c>. Default (null): the fleet's first online cluster, else its first.</summary>
    public string? Cluster { get; set; }

    /// <summary>HTTPRoute: its namespace. Default <c>trading</c>.</summary>
    [Required]
    public string Namespace { get; set; } = "trading";

    /// <summary>HTTPRoute: its name. Default <c>trading</c>.</summary>
    [Required]
    public string Route { get; set; } = "trading";

    /// <summary>HTTPRoute: which of its rules, by name or by number from 0. Default (null): its only one.</summary>
    public string? Rule { get; set; }

    /// <summary>HTTPRoute: take the rules from another field manager that owns them. Default false: such a conflict is an error that names it.</summary>
    public bool ForceConflicts { get; set; }

    /// <summary>ALB: its region. Default (null): <c>Infra:Alibaba:Region</c>.</summary>
    public string? Region { get; set; }

    /// <summary>ALB: the id of the forwarding rule, such as <c>rule-bp1…</c>. Required with that kind.</summary>
    public string? RuleId { get; set; }

    /// <summary>Names of backends (services; ids or names of server groups) by destination, <c>home</c> or a unit's id, where <see cref="Pattern"/> does not fit. Default: none.</summary>
    public Dictionary<string, string?> Backends { get; } = new(StringComparer.Ordinal);

    /// <summary>The backend's name of every other destination; <c>*</c> stands for its id. Default <c>*</c>: the same name.</summary>
    [Required]
    public string Pattern { get; set; } = "*";

    /// <summary>How long a change may take to be in force, on the environment clock. Default 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ObservedWithin { get; set; } = TimeSpan.FromMinutes(2);
}
