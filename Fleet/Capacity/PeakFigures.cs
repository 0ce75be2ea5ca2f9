using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;

namespace Orchestrator.Fleet.Capacity;

/// <summary>The peak minute: the reading in whose window most was served, and who served it.</summary>
/// <param name="ShareOnCloud">0 to 1; null: not known.</param>
internal sealed record PeakFigures(DateTimeOffset At, double Served, double? ShareOnCloud)
{
    public static PeakFigures? Of(Ledger ledger, ReportWindow window, Unknowns unknown)
    {
        var readings = ledger.Served.Where(reading => window.Holds(reading.At)).ToArray();
        // The whole window of a reading lies within the report, or it would count what came before.
        var whole = readings.Where(reading => reading.ByDestination is not null && reading.At.AddSeconds(-(reading.WindowSeconds ?? 0)) >= window.From).ToArray();
        if (whole.MaxBy(reading => reading.ByDestination!.Values.Sum()) is not { } peak)
        {
            unknown.Add("totals.peakServed", readings.LastOrDefault(reading => reading.Unknown is not null)?.Unknown
                ?? (readings.Length == 0 ? "nothing has read the traffic (traffic.observe does)" : "no reading of the traffic has its whole window within the report, or says what was served"));
            unknown.Add("totals.shareOfPeakOnCloud", unknown.Find("totals.peakServed")!);
            return null;
        }

        var (total, onCloud) = (peak.ByDestination!.Values.Sum(), 0.0);
        foreach (var (destination, served) in peak.ByDestination.Where(pair => pair.Value > 0))
        {
            var life = ledger.Units.LastOrDefault(unit => unit.Unit == destination && unit.Planned <= peak.At);
            if (life is null && destination != FleetView.Home)
            {
                unknown.Add("totals.shareOfPeakOnCloud", $"no fact of this report says on what the destination {destination} runs");
                return new PeakFigures(peak.At, total, null);
            }

            if (life?.Kind == UnitKind.Cloud) onCloud += served;
        }

        if (total > 0) return new PeakFigures(peak.At, total, onCloud / total);

        unknown.Add("totals.shareOfPeakOnCloud", "nothing was served in any reading");
        return new PeakFigures(peak.At, 0, null);
    }
}
