namespace Orchestrator.Fleet.Capacity;

/// <summary>CPU that NodeMetrics measured, over time: straight lines between the readings.</summary>
/// <param name="Used">In thousandths of a core, as a mean over time.</param>
/// <param name="Held">What the measured nodes had.</param>
internal readonly record struct MeasuredUse(double Used, double Held, MeasuredUtilisation? Shown)
{
    public static MeasuredUse Of(Ledger ledger, string cluster, ReportWindow window, Unknowns unknown)
    {
        var within = ledger.Measured.Where(reading => reading.Cluster == cluster && window.Holds(reading.At)).ToArray();
        var read = within.Where(reading => reading is { Unknown: null, CpuMilli: > 0 }).ToArray();
        if (read.Length == 0)
        {
            unknown.Add($"clusters.{cluster}.measured", within.LastOrDefault(reading => reading.Unknown is not null)?.Unknown is { } reason
                ? $"the nodes could not be measured: {reason}"
                : "nothing has read its NodeMetrics (fleet.survey and traffic.observe do)");
            return default;
        }

        var (used, held) = read.Length == 1
            ? (read[0].UsedCpuMilli, read[0].CpuMilli)
            : read.Zip(read.Skip(1)).Aggregate((Used: 0.0, Held: 0.0), (sum, pair) =>
            {
                var hours = (pair.Second.At - pair.First.At).TotalHours;
                return (sum.Used + ((pair.First.UsedCpuMilli + pair.Second.UsedCpuMilli) / 2.0 * hours), sum.Held + ((pair.First.CpuMilli + pair.Second.CpuMilli) / 2.0 * hours));
            });
        // Readings of one moment have no time between them.
        if (held <= 0) (used, held) = (read[^1].UsedCpuMilli, read[^1].CpuMilli);
        var capacity = read.Average(reading => reading.CpuMilli);
        return new MeasuredUse(capacity * used / held, capacity, new MeasuredUtilisation(used / held, read[0].At, read[^1].At, read.Length, read.Min(reading => reading.Nodes > 0 ? (double)reading.Measured / reading.Nodes : 0)));
    }
}
