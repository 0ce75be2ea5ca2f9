using System.ComponentModel;

namespace Orchestrator.Activities.Release;

/// <summary>What a release did.</summary>
public sealed record ReleaseUnitResult
{
    public required string Unit { get; init; }

    [Description("False: there was no such unit, so nothing had to be done.")]
    public required bool Released { get; init; }

    [Description("Resources deleted.")]
    public required int Deleted { get; init; }
}
