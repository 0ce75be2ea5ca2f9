using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;

namespace Orchestrator.Fleet.Capacity;

/// <summary>What the last load test has proven, of what still stands as it was tested, beside the forecast. In requests a second.</summary>
/// <param name="Peak">The highest forecast.</param>
/// <param name="Proven">What destinations served within the objectives.</param>
/// <param name="Void">Destinations whose proof counts no more, each with the reason.</param>
/// <param name="Broke">Why the test did not pass; null: it did.</param>
public sealed record ProvenCapacity(double Peak, double Proven, DateTimeOffset TestedAt, ImmutableArray<string> Void, string? Broke)
{
    /// <summary>A measured rate is never quite what was sent: a test at 120 % counts as that from 98 % of it on, as the test itself counts.</summary>
    private const double Reached = 0.98;

    public double Needed => Peak * CapacityForecast.Margin;

    public bool Fits => Proven >= Needed * Reached;

    /// <summary>Null: there was no load test.</summary>
    public static ProvenCapacity? Of(FleetView view, double peak)
    {
        if (view.LoadTest is not { } test)
        {
            return null;
        }

        var lost = test.Proven.Keys.Where(destination => destination != FleetView.Home).Order(StringComparer.Ordinal)
            .Select(destination => (destination, Why: Changed(view, destination, test))).Where(one => one.Why is not null).ToList();
        return new ProvenCapacity(
            peak, test.Proven.Where(one => !lost.Exists(gone => gone.destination == one.Key)).Sum(one => one.Value), test.At, [.. lost.Select(one => $"{one.destination} {one.Why}")], test.Broke);
    }

    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"the load test of {TestedAt:u} has proven {Proven:#,0} requests a second, the forecast of {Peak:#,0} with a fifth to spare needs {Needed:#,0}");
        return text + (Void.IsEmpty ? "" : $"; counted no more: {string.Join(", ", Void)}") + (Broke is null ? "" : $"; it did not pass: {Broke}");
    }

    private static string? Changed(FleetView view, string unit, LoadTested test) => view.Units.GetValueOrDefault(unit) switch
    {
        { } standing when standing.Phase.IsAlive() && !(standing.ScaledAt > test.At) => null,
        { } standing when standing.Phase.IsAlive() => "has been built anew or scaled since",
        _ => "does not stand any more",
    };
}
