using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Files;
using Orchestrator.Text;

namespace Orchestrator.Fleet.Imports;

/// <summary>Turns a published cluster trace, nodes and pods as CSV, into a fleet. Its rules stand in docs/fleet.md.</summary>
public static class TraceImport
{
    // What customers send through a sale's night, as shares of what the entry lets in: a made-up shape, since a trace of machines knows no requests. At midnight it is several-fold within seconds.
    private static readonly (string At, double Share)[] SaleNight =
    [
        ("00:00:03", 2.6), ("00:01:00", 2.2), ("00:05:00", 1.5), ("00:15:00", 1.05), ("00:30:00", 0.74), ("01:00:00", 0.52), ("02:00:00", 0.26), ("04:00:00", 0.06),
        ("06:00:00", 0.08), ("08:00:00", 0.18), ("10:00:00", 0.30), ("14:00:00", 0.31), ("18:00:00", 0.34), ("20:00:00", 0.46), ("22:00:00", 0.50), ("23:00:00", 0.52),
        ("23:50:00", 0.50), ("23:59:55", 0.48),
    ];

    // A trace of machines that all do batch work as well says nothing of home: made up, so that home carries an evening and no more than three fifths of the peak.
    private const double HomeShare = 0.62;

    // The evening before the sale, early enough to lend, build and prove everything before midnight.
    private static readonly DateTimeOffset SaleEve = new(2026, 11, 10, 18, 0, 0, TimeSpan.FromHours(8));

    /// <param name="nodesFile">Name to show in diagnostics.</param>
    /// <param name="podsFile">Name to show in diagnostics.</param>
    /// <returns>The fleet with what was counted, or every diagnostic of both files.</returns>
    public static ReadResult<ImportedFleet> Read(
        string nodesFile, Stream nodes, string podsFile, Stream pods, TraceImportOptions? options = null)
    {
        options ??= new TraceImportOptions();
        var (ofNodes, ofPods) = (new DiagnosticList(nodesFile), new DiagnosticList(podsFile));
        var nodeRows = TraceNode.Read(nodes, ofNodes);
        var podRows = TracePod.Read(pods, ofPods);
        if (ofNodes.HasErrors || ofPods.HasErrors)
        {
            return ReadResult<ImportedFleet>.Failed(ofNodes, ofPods);
        }

        var (clusters, summary) = new TraceDemand(TraceClusters.Cut(nodeRows, options), options).Add(podRows);
        var onlineCores = Enumerable.Range(0, 24).Max(hour => clusters.Sum(cluster => cluster.Demand.OnlineCpuMilli.At(TimeSpan.FromHours(hour)))) / 1000;
        var peak = Math.Round(Math.Max(1, onlineCores) * options.RequestsPerCore);
        var fleet = new FleetDefinition
        {
            Name = options.Name,
            Currency = options.Currency,
            Start = SaleEve,
            Clusters = clusters,
            Traffic = new DayCurve(SaleNight.Select(point =>
                new DayPoint(TimeSpan.Parse(point.At, System.Globalization.CultureInfo.InvariantCulture), Math.Round(point.Share * peak)))),
            EntryLimit = peak,
            Application = new ApplicationProfile { RequestsPerCore = options.RequestsPerCore },
            HomeCpuMilli = Math.Round(peak * HomeShare / options.RequestsPerCore * 1_000),
        };
        return ReadResult<ImportedFleet>.Of(new ImportedFleet(fleet, summary));
    }
}

public sealed record ImportedFleet(FleetDefinition Fleet, TraceSummary Summary);

/// <summary>What became of a trace's rows.</summary>
/// <param name="OnlinePods">Of class LS or Guaranteed, counted into the demand.</param>
/// <param name="BatchPods">Of class BE or Burstable, counted into the demand.</param>
/// <param name="NeverScheduled">Left out: they never ran.</param>
/// <param name="Unplaced">Left out: no machine is large enough for them.</param>
/// <param name="Days">That the trace spans.</param>
/// <param name="CappedHours">Hours of a cluster's CPU or memory curve that were cut to what is there.</param>
public sealed record TraceSummary(
    int Nodes, int Pods, int OnlinePods, int BatchPods, int NeverScheduled, int Unplaced, double Days, int CappedHours);

public sealed record TraceImportOptions
{
    /// <summary>The fleet's name. Default <c>trace</c>.</summary>
    public string Name { get; init; } = "trace";

    /// <summary>Default CNY.</summary>
    public string Currency { get; init; } = "CNY";

    /// <summary>Default <see cref="TraceFold.Overlay"/>.</summary>
    public TraceFold Fold { get; init; } = TraceFold.Overlay;

    /// <summary>A group of nodes with a smaller share of all is merged into another. Default 1.</summary>
    public int LeastClusterPercent { get; init; } = 1;

    /// <summary>Of every cluster. Default 5.</summary>
    public int ReservePercent { get; init; } = 5;

    /// <summary>Default 0.07.</summary>
    public decimal CostPerCoreHour { get; init; } = 0.07m;

    /// <summary>Default 2.50.</summary>
    public decimal CostPerGpuHour { get; init; } = 2.50m;

    /// <summary>Requests a second that one core of online work serves; sets the height of the traffic curve. Default 40.</summary>
    public double RequestsPerCore { get; init; } = 40;
}

/// <summary>How the days of a trace become one.</summary>
public enum TraceFold
{
    /// <summary>
    /// Every day laid on the one: the demand of 14:00 is the sum over all days of what was alive at 14:00. A published trace is a sample of the
    /// work its machines did; laid together the days load the fleet as a day of the whole would.
    /// </summary>
    Overlay,

    /// <summary>The mean over the days: the load that the sample alone makes, a small share of the machines.</summary>
    Mean,
}
