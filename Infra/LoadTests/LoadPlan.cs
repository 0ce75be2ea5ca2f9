using System.Collections.Immutable;

namespace Orchestrator.Infra.LoadTests;

/// <summary>The load of a test.</summary>
/// <param name="Name">Of everything that is made for it: lower-case letters, digits, hyphens.</param>
/// <param name="Url">What is asked.</param>
/// <param name="RatesByDestination">Requests a second at the height, by destination.</param>
/// <param name="HeadersByDestination">That the requests carry.</param>
/// <param name="Ramp">From nothing to the height.</param>
/// <param name="Hold">How long the generators stay there if nobody ends them.</param>
public sealed record LoadPlan(
    string Name,
    Uri Url,
    ImmutableSortedDictionary<string, double> RatesByDestination,
    ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> HeadersByDestination,
    TimeSpan Ramp,
    TimeSpan Hold,
    string IdempotencyKey);
