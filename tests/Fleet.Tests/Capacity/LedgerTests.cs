using CsCheck;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Facts;

namespace Orchestrator.Fleet.Tests.Capacity;

public sealed class LedgerTests
{
    [Fact]
    public void A_shift_of_which_nobody_knows_the_traffic_is_no_reading_of_it()
    {
        var shifted = new TrafficShifted(SampleFleet.Weights(("home", 100)), null) { At = SampleFleet.At(290) };

        Assert.Equal(Ledger.Of(SampleFleet.Whole).Traffic, Ledger.Of([.. SampleFleet.Whole, shifted]).Traffic);
    }

    [Fact]
    public void A_whole_night_gives_the_figures_worked_out_by_hand()
    {
        var report = new ReportWriter(Shipped.Profiles).Write(Ledger.Of(SampleFleet.Whole), SampleFleet.At(300));

        var totals = report.Totals;
        var unit = Assert.Single(report.Units);
        Assert.Equal((600, 10_800, 3_600), (unit.TimeToReadySeconds, unit.HeldSeconds, unit.NotOnlineSeconds));
        Assert.Equal(60m, unit.Cost);
        // Borrowed: 30 % of one node for 6 minutes, then of ten nodes for four hours.
        Assert.Equal(0.3 * 0.1 + 3 * 4, report.Clusters[0].BorrowedNodeHours, 9);
        Assert.Equal(4 * 3 + 12.03, totals.ResourceHoldingHours, 9);
        // Between states: one node for 6 minutes, nine for 6, ten for an hour; and the unit's four hosts for an hour.
        Assert.Equal(0.1 + 0.9 + 10 + 4, totals.NotOnlineHours, 9);
        Assert.Equal(60m + 72.18m, totals.Cost);
        Assert.Equal((200 * 3600) + (200 * 3600), totals.Requests!.Value, 6);
        Assert.Equal((300, SampleFleet.At(120)), (totals.PeakDemand, totals.PeakAt));
        // Half of the weight was on the cloud; what was served there, nobody has read.
        Assert.Null(totals.ShareOfPeakOnCloud);
        Assert.Contains("totals.shareOfPeakOnCloud", report.Unknown.Keys);
        Assert.Equal(20, totals.NodesMoved);
        Assert.Equal("offline-only", report.Clusters[0].State);
        Assert.True(unit.Released);
    }

    [Fact]
    public void Replicas_on_lent_nodes_count_by_their_cores()
    {
        var facts = SampleFleet.Whole.Select(fact => fact is UnitPlanned planned
            ? planned with { Kind = Fleet.Units.UnitKind.BigData, Cluster = "hz", Hosts = 100, CpuMilli = 100 * 4_000, CostPerHostHour = 0 }
            : fact);
        var ledger = Ledger.Of(facts);
        var perNode = (double)ledger.View.Clusters["hz"].CpuMilli / ledger.View.Clusters["hz"].Nodes;

        var report = new ReportWriter(Shipped.Profiles).Write(ledger, SampleFleet.At(300));

        // 30 % of one node for 6 minutes and of ten for the rest, save where the replicas have more: from 12 to 192 minutes.
        var replicas = 100 * 4_000 / perNode;
        Assert.True(replicas > 3);
        Assert.Equal((0.3 * 0.1) + (replicas * 3) + (3 * 1), report.Clusters[0].BorrowedNodeHours, 6);
    }

    [Fact]
    public void Hosts_that_come_and_go_are_counted_for_as_long_as_they_are_held()
    {
        var facts = SampleFleet.Whole.Concat(
        [
            new UnitScaled("cloud-1", 6, 96_000) { At = SampleFleet.At(90) },
            // The same again, as a second attempt records it.
            new UnitScaled("cloud-1", 6, 96_000) { At = SampleFleet.At(95) },
            new UnitScaled("cloud-1", 1, 16_000) { At = SampleFleet.At(150) },
        ]).OrderBy(fact => fact.At);

        var ledger = Ledger.Of(facts);
        var report = new ReportWriter(Shipped.Profiles).Write(ledger, SampleFleet.At(300));

        // Four from 12 to 90, six to 150, one until the release at 192 minutes.
        var hours = ((4 * 78) + (6 * 60) + (1 * 42)) / 60.0;
        var unit = Assert.Single(report.Units);
        Assert.Equal(hours, unit.HostHours, 9);
        Assert.Equal((decimal)hours * 5m, unit.Cost, 6);
        // Under traffic from 60 to 180 minutes.
        Assert.Equal(hours - (((4 * 30) + (6 * 60) + (1 * 30)) / 60.0), unit.NotOnlineHostHours, 9);
        var holding = Assert.Single(ledger.Units);
        Assert.Equal([0, 4, 6, 1, 0], new[] { 0, 60, 100, 160, 200 }.Select(minute => holding.HostsAt(SampleFleet.At(minute))));
        Assert.Equal(1, report.Units[0].Hosts);
    }

    [Fact]
    public void Time_in_states_sums_to_the_span_and_node_hours_to_the_integral()
    {
        SampleFleet.AnyWalk.Sample(facts =>
        {
            var ledger = Ledger.Of(facts);
            var end = facts[^1].At.AddMinutes(7);

            var report = new ReportWriter(Shipped.Profiles).Write(ledger, end);

            var span = (end - SampleFleet.Start).TotalHours;
            Assert.Equal(span * 3600, report.Clusters[0].States.Sum(state => state.TimeSpentSeconds), 3);
            Assert.Equal(span * 10, report.Clusters[0].States.Sum(state => state.NodeHours), 6);
            Assert.Equal(10 * facts.OfType<ClusterShifted>().Count(), report.Totals.NodesMoved);
            Assert.InRange(report.Clusters[0].BorrowedNodeHours, 0, span * 10);
        });
    }

    [Fact]
    public void A_fact_reported_twice_changes_nothing()
    {
        var twice = SampleFleet.Whole.SelectMany(fact => fact is WaveConfirmed or UnitPlanned or UnitProvisioned ? new[] { fact, fact } : [fact]);

        var report = new ReportWriter(Shipped.Profiles).Write(Ledger.Of(twice), SampleFleet.At(300));

        Assert.Equal(20, report.Totals.NodesMoved);
        Assert.Equal(132.18m, report.Totals.Cost);
    }

    [Fact]
    public void Utilisation_is_known_with_a_fleet_file_and_lies_between_0_and_1()
    {
        var fleet = Shipped.DemoFleet;
        var surveyed = new FleetSurveyed([.. fleet.Clusters.Select(cluster => SurveyedCluster.Of(cluster,
            System.Collections.Immutable.ImmutableDictionary<Fleet.Colocation.ColocationState, int>.Empty.Add(Fleet.Colocation.ColocationState.OfflineOnly, cluster.NodeCount)))])
        { At = SampleFleet.Start };

        var totals = new ReportWriter(Shipped.Profiles, fleet).Write(Ledger.Of([surveyed]), SampleFleet.At(1440)).Totals;

        Assert.InRange(totals.Utilisation!.Value, 0.3, 0.9);
        Assert.Equal(0, totals.ResourceHoldingHours);
    }
}
