using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Activities.Provision;

/// <summary>Which trading unit to build, and on what.</summary>
public sealed record ProvisionUnitArguments
{
    [Description("The unit's id: lower-case letters, digits and hyphens. Names its stack.")]
    [RegularExpression("^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
    public required string Unit { get; init; }

    [Description("cloud: rented instances. big-data: nodes that a batch cluster lends.")]
    public required UnitKind Kind { get; init; }

    [Description("The batch cluster that lends its nodes. Required for big-data, not allowed for cloud.")]
    public string? Cluster { get; init; }

    [Description("Cloud region of a cloud unit.")]
    public string Region { get; init; } = "cn-hangzhou";

    [Description("Machines of a cloud unit, or replicas of a big-data unit. 0: as many as percentOfPeak needs.")]
    [Range(0, 5000)]
    public int Hosts { get; init; } = 4;

    [Description("Percent of the forecast peak that the unit is to carry with a fifth to spare. Read only with hosts: 0.")]
    [Range(0, 100)]
    public double PercentOfPeak { get; init; }

    [Description("Version of the application to run.")]
    public string Version { get; init; } = "1.0.0";
}
