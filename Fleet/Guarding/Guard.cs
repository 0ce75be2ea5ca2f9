namespace Orchestrator.Fleet.Guarding;

/// <summary>A guard with its test: true, false or null for unknown, and what was found.</summary>
internal sealed record Guard(string Name, string Asks, string Fix, Func<GuardFacts, (bool? Holds, string Detail)> Test)
{
    public bool Waivable { get; init; } = true;

    public GuardInfo Info => new(Name, Asks, Waivable);

    public GuardResult Check(GuardFacts facts, string? waiver)
    {
        var (holds, detail) = Test(facts);
        return holds switch
        {
            true => new(Name, GuardOutcome.Passed, detail, Fix),
            _ when Waivable && !string.IsNullOrWhiteSpace(waiver) => new(Name, GuardOutcome.Waived, $"{detail}; waived: {waiver}", Fix),
            false => new(Name, GuardOutcome.Failed, detail, Fix),
            null => new(Name, GuardOutcome.Unknown, detail, Fix),
        };
    }
}
