using System.Collections.Immutable;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Facts;

namespace Orchestrator.Fleet.Tests.Capacity;

/// <summary>Every figure of a report, worked out by hand. Minutes are counted from 20:00.</summary>
public sealed class SmallNightTests
{
    private static readonly FleetReport report = new ReportWriter(Shipped.Profiles, SmallNight.Fleet).Write(Ledger.Of(SmallNight.Facts), SmallNight.At(250));

    [Fact]
    public void Orders_are_the_increase_of_the_counters_by_destination_and_outcome()
    {
        var orders = report.Orders!;

        // home: 1000 to 1600 is 600; it begins again and stands at 200; 200 to 500 is 300.
        // cloud-1 and bd-1 were not there before: 900 and 300 from zero, then 1000 and 300 more.
        Assert.Equal(
            [("bd-1", 600.0), ("cloud-1", 1900.0), ("home", 600.0 + 200 + 300)],
            orders.ByDestination.Select(one => (one.Destination, one.ByOutcome["accepted"])));
        Assert.Equal((600 + 1900 + 1100, 10 + 5 + 0), (orders.Accepted, orders.Rejected));
        // The reading at 180 gave nothing; that of 210 has what happened meanwhile. That of 300 lies outside.
        Assert.Equal((SmallNight.At(0), SmallNight.At(210), 4, 1), (orders.From, orders.To, orders.Readings, orders.FailedReadings));
        Assert.Contains("too old", report.Unknown["orders.failedReadings"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_share_of_the_peak_on_cloud_is_of_what_was_served_in_the_peak_minute()
    {
        var totals = report.Totals;

        // 120 + 150 + 30 = 300 at 120 minutes, against 270 at 150; of these 150 on cloud-1.
        Assert.Equal((300, SmallNight.At(120), 0.5), (totals.PeakServed, totals.PeakServedAt, totals.ShareOfPeakOnCloud));
        Assert.Equal((310, SmallNight.At(120)), (totals.PeakDemand, totals.PeakAt));
        // Half an hour between 310 and 300 requests a second.
        Assert.Equal(305 * 1800, totals.Requests!.Value, 6);
    }

    [Fact]
    public void Cost_is_incremental_and_by_resource()
    {
        // cloud-1: two hosts for 60 minutes and three for 140: 2 + 7 host-hours at 10. Beside them 200 minutes at 4, 2 and 0.5.
        // hz: 30 % of one node for 10 minutes and of four for 210; the eight replicas have 32 of 48 cores of a node, which is less.
        var borrowed = (0.3 * 10 / 60) + (1.2 * 210 / 60);
        Assert.Equal(
            [("hosts", 9.0, true, 90m), ("database", 200 / 60.0, true, 13.3333m), ("cache", 200 / 60.0, true, 6.6667m), ("balancer", 200 / 60.0, true, 1.6667m), ("lent-nodes", borrowed, false, 25.5m)],
            report.CostByResource.Select(cost => (cost.Resource, Math.Round(cost.Hours, 12), cost.Incremental, cost.Cost!.Value)).Select(cost => (cost.Resource, cost.Item2, cost.Incremental, cost.Value)).ToArray(),
            (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-9 && a.Item3 == b.Item3 && a.Item4 == b.Item4);
        Assert.Equal((137.1667m, 111.6667m), (report.Totals.Cost, report.Totals.IncrementalCost));
        // Over 3,600 accepted orders: 137.1667 ÷ 0.36 and 111.6667 ÷ 0.36.
        Assert.Equal((381.0186m, 310.1853m), (report.Totals.CostPer10000Orders, report.Totals.IncrementalCostPer10000Orders));
        Assert.Equal((90m, 21.6667m), (report.Units[0].Cost, report.Units[0].ResourceCost));
        // The pages that show one unit reckon the same.
        Assert.Equal(111.6667m, Ledger.Of(SmallNight.Facts).Units[0].Cost(SmallNight.At(0), SmallNight.At(250)));
        Assert.Equal((0m, 0m), (report.Units[1].Cost, report.Units[1].ResourceCost));
    }

    [Fact]
    public void The_baselines_are_the_same_night_rented_and_owned()
    {
        // bd-1's eight replicas of 4 cores are one host of 32, for 190 minutes at 10: 31.6667; with 12.6667 + 6.3333 + 1.5833 for database, cache and balancer.
        // At most three hosts and this one at once: four machines of one's own for 4,380 hours at 3.
        Assert.Equal(
            [("without-lending", 4.0, 111.6667m + 31.6667m + 12.6667m + 6.3333m + 1.5833m), ("owned-machines", 4.0, 4 * 4380 * 3m)],
            report.Baselines.Select(baseline => (baseline.Id, baseline.Machines, baseline.Cost!.Value)));
        Assert.Equal([455.3242m, 146_000m], report.Baselines.Select(baseline => baseline.CostPer10000Orders!.Value));
    }

    [Fact]
    public void Utilisation_is_measured_beside_the_model()
    {
        var measured = report.Clusters[0].Measured!;

        // A straight line from 96 of 192 cores to 108 of 144: 102 ÷ 168.
        Assert.Equal(102.0 / 168, measured.Share, 9);
        Assert.Equal((2, 0.75, SmallNight.At(0), SmallNight.At(120)), (measured.Readings, measured.LeastNodes, measured.From, measured.To));
        Assert.Equal(102.0 / 168, report.Totals.MeasuredUtilisation!.Value, 9);
        // The model knows no demand here.
        Assert.Equal(0, report.Totals.Utilisation);
    }

    [Fact]
    public void Holding_time_is_by_host()
    {
        // Two hosts from 30 to 230 minutes, the third from 90.
        Assert.Equal(new HostHolding(3, 10_800, 8_400, 12_000), report.Units[0].HoldingByHost);
        // n-0 from 20 to 240, the others from 30.
        Assert.Equal(new HostHolding(4, 12_750, 12_600, 13_200), report.Clusters[0].HoldingByHost);
        var all = report.Totals.HoldingByHost!;
        Assert.Equal((7, 8_400, 13_200), (all.Hosts, all.ShortestSeconds, all.LongestSeconds));
        Assert.Equal((32_400 + 51_000) / 7.0, all.MeanSeconds, 9);
        // cloud-1 without traffic: two hosts for half an hour and three for twenty minutes. bd-1: eight for 40 minutes. Between states: one node for 10 minutes, three for 10, four for 10.
        Assert.Equal(2 + (8 * 40 / 60.0) + ((1 + 3 + 4) * 10 / 60.0), report.Totals.NotOnlineHours, 9);
        Assert.Equal(8, report.Totals.NodesMoved);
    }

    [Fact]
    public void A_window_counts_nothing_that_lies_outside()
    {
        var window = new ReportWriter(Shipped.Profiles, SmallNight.Fleet).Write(Ledger.Of(SmallNight.Facts), SmallNight.At(150), SmallNight.At(60));

        // Readings of 60 and 120 only: 200, 900 and 300.
        Assert.Equal((SmallNight.At(60), SmallNight.At(120), 1400, 5), (window.Orders!.From, window.Orders.To, window.Orders.Accepted, window.Orders.Rejected));
        // Two hosts for half an hour, three for an hour; 1.2 nodes and the others for an hour and a half.
        Assert.Equal(4, window.CostByResource[0].Hours, 9);
        Assert.Equal((1.5, 1.5), (window.CostByResource[1].Hours, window.Units[1].HeldSeconds / 3600));
        Assert.Equal(1.8, window.Clusters[0].BorrowedNodeHours, 9);
        Assert.Equal((5_400.0, 3), (window.Clusters[0].States.Sum(state => state.TimeSpentSeconds), window.Units[0].HoldingByHost!.Hosts));
        Assert.Equal((0, 0), (window.Totals.NodesMoved, window.Clusters[0].TransitionNodeHours));
        // Released after the window, so within it still held; online all the time.
        Assert.False(window.Units[0].Released);
        Assert.Equal(0, window.Units[0].NotOnlineHostHours, 9);
        // The one measurement of the window.
        Assert.Equal(0.75, window.Clusters[0].Measured!.Share, 9);

        // The window of the reading at 120 began before: what it served lies partly outside.
        var late = new ReportWriter(Shipped.Profiles, SmallNight.Fleet).Write(Ledger.Of(SmallNight.Facts), SmallNight.At(150), SmallNight.At(119.5));
        Assert.Equal(270, late.Totals.PeakServed);
    }

    [Fact]
    public void What_is_not_known_is_null_with_its_reason_and_never_0()
    {
        var facts = SmallNight.Facts.Where(fact => fact is not (OrdersCounted or NodesMeasured or TrafficObserved))
            .Select(fact => fact is UnitPlanned planned ? planned with { ResourcePrices = planned.ResourcePrices.Remove("database") } : fact);

        var bare = new ReportWriter(Shipped.Profiles).Write(Ledger.Of(facts), SmallNight.At(250));

        Assert.Equal(
            (null, null, null, null, null, null, null),
            (bare.Orders, bare.Totals.Orders, bare.Totals.CostPer10000Orders, bare.Totals.ShareOfPeakOnCloud, bare.Totals.PeakServed, bare.Totals.MeasuredUtilisation, bare.Totals.Requests));
        Assert.Null(bare.CostByResource.Single(cost => cost.Resource == "database").Cost);
        Assert.Equal(137.1667m - 13.3333m, bare.Totals.Cost);
        Assert.Equal(
            [
                "baselines", "clusters.hz.measured", "clusters.hz.utilisation", "costByResource.database", "orders", "totals.cost", "totals.costPer10000Orders", "totals.incrementalCost",
                "totals.measuredUtilisation", "totals.orders", "totals.peakDemand", "totals.peakServed", "totals.requests", "totals.shareOfPeakOnCloud",
            ],
            bare.Unknown.Keys);
        Assert.Contains("it was at least this", bare.Unknown["totals.cost"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_order_count_over_an_unknown_price_gives_no_cost_of_an_order()
    {
        var facts = SmallNight.Facts.Select(fact => fact is UnitPlanned planned ? planned with { ResourcePrices = planned.ResourcePrices.Clear() } : fact);

        var partly = new ReportWriter(Shipped.Profiles, SmallNight.Fleet).Write(Ledger.Of(facts), SmallNight.At(250));

        Assert.Equal(3600, partly.Totals.Orders);
        Assert.Null(partly.Totals.CostPer10000Orders);
        Assert.Contains("database, cache, balancer", partly.Unknown["totals.costPer10000Orders"], StringComparison.Ordinal);
        Assert.Null(partly.Baselines.Single(baseline => baseline.Id == "without-lending").Cost);
    }

    [Fact]
    public void A_series_that_is_found_late_at_a_known_destination_is_not_counted_from_zero()
    {
        ImmutableArray<FleetFact> facts =
        [
            new OrdersCounted([new OrderCount("instance=a", "home", "accepted", 100)]) { At = SmallNight.At(0) },
            // A second gateway, long since at work, and a series that comes back higher than it left.
            new OrdersCounted([new OrderCount("instance=b", "home", "accepted", 5_000)]) { At = SmallNight.At(1) },
            new OrdersCounted([new OrderCount("instance=a", "home", "accepted", 130), new OrderCount("instance=b", "home", "accepted", 5_010)]) { At = SmallNight.At(2) },
        ];

        Assert.Equal(30 + 10, new ReportWriter(Shipped.Profiles).Write(Ledger.Of(facts), SmallNight.At(3)).Totals.Orders);
    }
}
