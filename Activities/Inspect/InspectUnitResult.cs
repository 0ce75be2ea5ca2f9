using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Inspect;

/// <summary>What an inspection showed.</summary>
public sealed record InspectUnitResult
{
    public required string Unit { get; init; }

    [Description("True: no critical check failed or went unanswered. A unit that is not ready fails the step.")]
    public required bool Ready { get; init; }

    public required int Checks { get; init; }

    public required int Passed { get; init; }

    [Description("What did not pass and is not critical, one line each.")]
    public required ImmutableArray<string> Findings { get; init; }
}
