using System.Collections.Immutable;
using Orchestrator.Infra.Probes;

namespace Orchestrator.Activities.Inspect;

/// <summary>What to probe of a unit's endpoints.</summary>
internal static class UnitTargets
{
    /// <param name="checks">Kinds of checks to make; empty: all that fit.</param>
    public static ImmutableArray<ProbeTarget> Of(string unit, ImmutableArray<string> endpoints, ImmutableArray<InspectionCheck> checks)
    {
        var targets = ImmutableArray.CreateBuilder<ProbeTarget>();
        foreach (var (endpoint, number) in endpoints.Select((text, index) => (new Uri(text), index + 1)))
        {
            if (Wanted(InspectionCheck.TcpPort))
            {
                targets.Add(new TcpTarget($"{unit}/{number}/tcp", endpoint.Host, endpoint.Port));
            }

            if (endpoint.Scheme is "http" or "https")
            {
                if (Wanted(InspectionCheck.HttpHealth))
                {
                    targets.Add(new HttpTarget($"{unit}/{number}/health", new Uri(endpoint, "/healthz")));
                }

                if (Wanted(InspectionCheck.HttpVersion))
                {
                    targets.Add(new HttpTarget($"{unit}/{number}/version", new Uri(endpoint, "/version")));
                }
            }
        }

        return targets.ToImmutable();

        bool Wanted(InspectionCheck check) => checks.IsEmpty || checks.Contains(check);
    }
}
