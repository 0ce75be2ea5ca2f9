using System.Collections.Immutable;

namespace Orchestrator.Simulator.Clusters.Commands;

/// <summary>What one scenario of a load test sends.</summary>
/// <param name="Target">Whereto: the environment variable <c>URL</c> of the scenario.</param>
/// <param name="Headers">That its requests carry: the environment variable <c>HEADERS</c>, a JSON object.</param>
/// <param name="Line">Requests a second since its start: straight between the points.</param>
internal sealed record K6Scenario(string Name, Uri Target, ImmutableDictionary<string, string> Headers, ImmutableArray<(TimeSpan At, double Rate)> Line)
{
    public TimeSpan Lasts => Line[^1].At;

    /// <summary>Requests in all: the area under the line.</summary>
    public double Requests => Line.Zip(Line.Skip(1), (from, to) => (from.Rate + to.Rate) / 2 * (to.At - from.At).TotalSeconds).Sum();

    /// <summary>The same, nowhere above what the generator is able to send.</summary>
    public K6Scenario CutAt(double most)
    {
        var line = ImmutableArray.CreateBuilder<(TimeSpan, double)>();
        for (var index = 0; index < Line.Length; index++)
        {
            var to = Line[index];
            if (index > 0 && Line[index - 1] is var from && ((from.Rate < most && to.Rate > most) || (from.Rate > most && to.Rate < most)))
            {
                line.Add((from.At + ((to.At - from.At) * ((most - from.Rate) / (to.Rate - from.Rate))), most));
            }

            line.Add((to.At, Math.Min(to.Rate, most)));
        }

        return this with { Line = line.ToImmutable() };
    }
}
