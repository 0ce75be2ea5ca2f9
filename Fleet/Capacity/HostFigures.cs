using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Capacity;

/// <summary>How long single hosts were held, in seconds.</summary>
internal static class HostFigures
{
    /// <summary>Of a unit's hosts: those that came last go first, as scaling does unless it is told otherwise.</summary>
    public static IEnumerable<double> OfUnit(UnitHolding unit, ReportWindow window)
    {
        for (var host = 1; host <= unit.Held.Max(count => count.Hosts); host++)
        {
            var seconds = 0.0;
            for (var i = 0; i < unit.Held.Length; i++)
            {
                if (unit.Held[i].Hosts < host) continue;

                seconds += window.Hours(unit.Held[i].From, i + 1 < unit.Held.Length ? unit.Held[i + 1].From : unit.Released) * 3600;
            }

            if (seconds > 0) yield return seconds;
        }
    }

    /// <summary>Of a cluster's nodes: the time in states in which online work has a share.</summary>
    public static IEnumerable<double> OfCluster(Ledger ledger, string cluster, ProfileSet profiles, ReportWindow window) => ledger.NodeSpans
        .Where(span => span.Cluster == cluster && profiles[span.State].Split.Online > 0)
        .GroupBy(span => span.Node, StringComparer.Ordinal)
        .Select(node => node.Sum(span => window.Hours(span.From, span.To)) * 3600)
        .Where(seconds => seconds > 0);

    public static HostHolding? Show(IReadOnlyCollection<double> seconds) => seconds.Count == 0 ? null : new HostHolding(seconds.Count, seconds.Average(), seconds.Min(), seconds.Max());
}
