using CsCheck;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Tests.Capacity;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;

namespace Orchestrator.Fleet.Tests.Views;

public sealed class FleetViewTests
{
    [Fact]
    public void Folding_a_prefix_and_then_the_rest_is_folding_all()
    {
        Gen.Select(SampleFleet.AnyWalk, Gen.Int[0, 60]).Sample((facts, cut) =>
        {
            cut = Math.Min(cut, facts.Length);

            var whole = FleetView.Of(facts).Clusters["hz"];
            var parts = facts[cut..].Aggregate(FleetView.Of(facts[..cut]), (view, fact) => view.Apply(fact)).Clusters["hz"];

            Assert.Equal(whole.NodesByState, parts.NodesByState);
            Assert.Equal((whole.State, whole.Shift), (parts.State, parts.Shift));
        });
    }

    [Fact]
    public void No_invariant_breaks_at_any_position_of_a_walk()
    {
        SampleFleet.AnyWalk.Sample(facts =>
        {
            var view = FleetView.Empty;
            foreach (var fact in facts)
            {
                view = view.Apply(fact);
                Assert.Empty(Invariants.Check(view, Shipped.Profiles));
            }
        });
    }

    [Fact]
    public void No_invariant_breaks_in_a_whole_night_and_the_unit_ends_released()
    {
        var view = FleetView.Empty;
        foreach (var fact in SampleFleet.Whole)
        {
            view = view.Apply(fact);
            Assert.Empty(Invariants.Check(view, Shipped.Profiles));
        }

        Assert.Equal(UnitPhase.Released, view.Units["cloud-1"].Phase);
        Assert.Equal(ColocationState.OfflineOnly, view.Clusters["hz"].State);
    }

    [Fact]
    public void Half_way_through_a_move_the_view_shows_the_waves_and_the_state_it_came_from()
    {
        var cluster = FleetView.Of(SampleFleet.Whole[..3]).Clusters["hz"];

        Assert.Equal(ColocationState.OfflineOnly, cluster.State);
        Assert.Equal((ColocationState.Transitional, 1), (cluster.Shift!.To, cluster.Shift.Confirmed));
        Assert.Equal((9, 1), (cluster.NodesByState[ColocationState.OfflineOnly], cluster.NodesByState[ColocationState.Transitional]));
    }

    [Fact]
    public void A_shift_of_which_nobody_knows_the_traffic_changes_the_weights_and_not_the_traffic()
    {
        var before = FleetView.Of(SampleFleet.Whole[..9]);

        var after = before.Apply(new TrafficShifted(SampleFleet.Weights(("home", 90), ("cloud-1", 10)), null) { At = SampleFleet.At(200) });

        Assert.Equal(before.Demand, after.Demand);
        Assert.Equal(10, after.Weights["cloud-1"]);
    }

    [Fact]
    public void Weights_that_do_not_sum_to_100_break_an_invariant_and_others_do_not()
    {
        Gen.Select(Gen.Int[0, 110], Gen.Int[0, 110]).Sample((home, unit) =>
        {
            var view = FleetView.Of([.. SampleFleet.Whole[..8], new TrafficShifted(SampleFleet.Weights(("home", home), ("cloud-1", unit)), 1) { At = SampleFleet.At(30) }]);

            Assert.Equal(home + unit != 100, Invariants.Check(view, Shipped.Profiles).Any(violation => violation.Name == "weights"));
        });
    }

    [Theory]
    [InlineData(7, "uninspected-traffic")]
    [InlineData(6, "uninspected-traffic")]
    [InlineData(5, "traffic-target")]
    [InlineData(13, "released-weight")]
    public void Traffic_to_a_unit_that_is_not_fit_breaks_an_invariant(int facts, string invariant)
    {
        var view = FleetView.Of([.. SampleFleet.Whole[..facts], new TrafficShifted(SampleFleet.Weights(("home", 50), ("cloud-1", 50)), 1) { At = SampleFleet.At(200) }]);

        Assert.Contains(Invariants.Check(view, Shipped.Profiles), violation => violation.Name == invariant);
    }

    [Fact]
    public void A_unit_that_wants_more_than_the_cluster_can_promise_breaks_the_guarantees()
    {
        var view = FleetView.Of([SampleFleet.Surveyed(SampleFleet.At(0)), new UnitPlanned("big-1", UnitKind.BigData, "hz", 8, 730_000, 0) { At = SampleFleet.At(1) }]);

        Assert.Equal("guarantees", Assert.Single(Invariants.Check(view, Shipped.Profiles)).Name);
    }

    [Fact]
    public void A_released_name_may_be_used_again_another_night()
    {
        var view = FleetView.Of([.. SampleFleet.Whole, new UnitPlanned("cloud-1", UnitKind.Cloud, null, 2, 32_000, 5m) { At = SampleFleet.At(1440) }]);

        Assert.Equal((UnitPhase.Planned, 2), (view.Units["cloud-1"].Phase, view.Units["cloud-1"].Hosts));
        Assert.Empty(Invariants.Check(view, Shipped.Profiles));
    }

    /// <summary>Their label says the new state, no wave was ever confirmed, and the way back takes all of them: the count ends as it began.</summary>
    [Fact]
    public void Nodes_of_a_wave_that_was_never_confirmed_come_back_without_having_been_counted_away()
    {
        var at = SampleFleet.Whole[0].At;
        var off = ColocationState.OfflineOnly;
        var on = ColocationState.Transitional;
        FleetFact[] facts =
        [
            new FleetSurveyed([new SurveyedCluster("c", 6, 6_000, 1, 1, 1, System.Collections.Immutable.ImmutableDictionary<ColocationState, int>.Empty.Add(off, 6))]) { At = at },
            new ShiftPlanned("c", off, on, "d", [["a"], ["b", "c"], ["d", "e"]]) { At = at, Unavailable = ["f"] },
            new WaveConfirmed("c", off, on, 1, ["a"]) { At = at },
            // The second wave took its labels and failed.
            new ShiftPlanned("c", on, off, "d", [["a", "b", "c"]]) { At = at },
            new WaveConfirmed("c", on, off, 1, ["b", "c"]) { At = at, LeftBehind = ["a"] },
            new ClusterShifted("c", on, off, 2) { At = at },
            // The one that had moved for good was dead, and comes back.
            new ShiftPlanned("c", on, off, "d", [["a"]]) { At = at },
            new WaveConfirmed("c", on, off, 1, ["a"]) { At = at },
            new ClusterShifted("c", on, off, 1) { At = at },
        ];
        var moved = new List<int>();

        var view = FleetView.Empty;
        foreach (var fact in facts)
        {
            view = view.Apply(fact);
            moved.Add(view.Clusters["c"].NodesByState.GetValueOrDefault(on));
            Assert.All(view.Clusters["c"].NodesByState, state => Assert.InRange(state.Value, 1, 6));
            Assert.Empty(Invariants.Check(view, Shipped.Profiles));
        }

        Assert.Equal([0, 0, 1, 1, 1, 1, 1, 0, 0], moved);
        Assert.Equal([(off, 6)], view.Clusters["c"].NodesByState.Select(entry => (entry.Key, entry.Value)));
    }

    [Fact]
    public void Nodes_that_are_gone_are_counted_out_once_and_in_again_when_a_wave_confirms_them()
    {
        var at = SampleFleet.Whole[0].At;
        var planned = new ShiftPlanned("c", ColocationState.OfflineOnly, ColocationState.Transitional, "d", [["a", "b", "c", "d"]]) { At = at };
        FleetFact[] facts =
        [
            new FleetSurveyed([new SurveyedCluster("c", 4, 4_000, 1, 1, 1, System.Collections.Immutable.ImmutableDictionary<ColocationState, int>.Empty.Add(ColocationState.OfflineOnly, 4))]) { At = at },
            planned,
            new WaveConfirmed("c", ColocationState.OfflineOnly, ColocationState.Transitional, 1, ["a", "b"]) { At = at, LeftBehind = ["c"], Gone = ["d"] },
            new ClusterShifted("c", ColocationState.OfflineOnly, ColocationState.Transitional, 2) { At = at },
            planned with { From = ColocationState.Transitional, To = ColocationState.OfflineOnly, Waves = [["a"]], Gone = ["b", "d"] },
            new WaveConfirmed("c", ColocationState.Transitional, ColocationState.OfflineOnly, 1, ["a"]) { At = at },
            new ClusterShifted("c", ColocationState.Transitional, ColocationState.OfflineOnly, 1) { At = at },
        ];

        var view = FleetView.Empty;
        var nodes = new List<int>();
        foreach (var fact in facts)
        {
            view = view.Apply(fact);
            nodes.Add(view.Clusters["c"].Nodes);
            Assert.Empty(Invariants.Check(view, Shipped.Profiles));
        }

        var cluster = view.Clusters["c"];
        Assert.Equal([4, 4, 3, 3, 2, 2, 2], nodes);
        Assert.Equal(2_000, cluster.CpuMilli);
        Assert.Equal([(ColocationState.OfflineOnly, 2)], cluster.NodesByState.Select(entry => (entry.Key, entry.Value)));
        Assert.Empty(cluster.Missing(new HashSet<string>(["a", "c"]), ["a", "b", "c", "d"]));
        Assert.Equal(["c"], cluster.Missing(new HashSet<string>(["a"]), ["a", "b", "c", "d"]));

        var again = view.Apply(planned with { Waves = [["a", "b", "c"]] }).Apply(new WaveConfirmed("c", ColocationState.OfflineOnly, ColocationState.Transitional, 1, ["a", "b", "c"]) { At = at });
        Assert.Equal((3, 3), (again.Clusters["c"].Nodes, again.Clusters["c"].NodesByState[ColocationState.Transitional]));
        Assert.Empty(Invariants.Check(again, Shipped.Profiles));
    }
}
