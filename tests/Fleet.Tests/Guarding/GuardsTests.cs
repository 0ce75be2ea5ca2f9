using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Guarding;

namespace Orchestrator.Fleet.Tests.Guarding;

public sealed class GuardsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 10, 20, 0, 0, TimeSpan.FromHours(8));

    private static readonly GuardFacts AllWell = new()
    {
        Now = Now,
        Lease = new LeaseFacts(7, 7),
        PlannedProfileDigest = "abc",
        CurrentProfileDigest = "abc",
        Nodes = Readiness(100, unfit: 5),
        BrokenInvariants = [],
        WayBackStored = true,
        HostProbes = Tally.AllOf(3),
        Koordinator = Tally.AllOf(5),
        Quotas = Tally.AllOf(2),
        Images = Tally.AllOf(100),
        Inspections = Tally.AllOf(1),
        Checkpoints = Tally.AllOf(9),
        Forecast = new ForecastFacts(700, 1000, 5, 8),
        Capacity = new CapacityFacts(1_000, 700, 500),
        Proven = new ProvenCapacity(1_000, 1_200, Now, [], null),
        Approvers = ["alice", "bob"],
        LastRehearsal = Now.AddDays(-7),
        BatchSubmissionsBlocked = true,
        Preauthorised = "the plan of 1 November",
        Pressure = new PressureFacts(86, TimeSpan.FromSeconds(10), null, null),
        DrainLeft = TimeSpan.FromMinutes(5),
        Traffic = new TrafficFacts(59, TimeSpan.FromMinutes(10)),
        QueueLag = TimeSpan.FromMinutes(1),
        OnlinePods = 0,
        TrafficWeight = 0,
        HostsHeldByUnits = 0,
    };

    public static TheoryData<ColocationState, ColocationState> LegalMoves =>
        new(ColocationStates.All.SelectMany(from => Moves.From(from).Select(to => (from, to))));

    [Theory]
    [MemberData(nameof(LegalMoves))]
    public void Every_guard_of_every_move_holds_when_all_is_well(ColocationState from, ColocationState to)
    {
        Assert.All(Guards.Check(from, to, AllWell), guard => Assert.Equal(GuardOutcome.Passed, guard.Outcome));
    }

    [Theory]
    [MemberData(nameof(LegalMoves))]
    public void What_is_unknown_does_not_hold_and_only_what_may_be_waived_is(ColocationState from, ColocationState to)
    {
        var waive = Guards.For(from, to).ToDictionary(guard => guard.Name, _ => "because");

        Assert.All(Guards.Check(from, to, new GuardFacts { Now = Now }), guard => Assert.False(guard.Holds));
        Assert.All(
            Guards.For(from, to).Zip(Guards.Check(from, to, new GuardFacts { Now = Now }, waive)),
            pair => Assert.Equal(pair.First.Waivable, pair.Second.Holds));
    }

    [Fact]
    public void Lease_profile_readiness_invariants_and_way_back_can_never_be_waived()
    {
        Assert.Equal(
            ["lease", "profile", "readiness", "invariants", "way-back"],
            Guards.For(ColocationState.OfflineOnly, ColocationState.Transitional).Where(guard => !guard.Waivable).Select(guard => guard.Name));
    }

    public static TheoryData<string, ColocationState, ColocationState> Failing => new()
    {
        { "lease", ColocationState.OfflineOnly, ColocationState.Transitional },
        { "profile", ColocationState.OfflineOnly, ColocationState.Transitional },
        { "readiness", ColocationState.OfflineOnly, ColocationState.Transitional },
        { "images", ColocationState.OfflineOnly, ColocationState.Transitional },
        { "forecast", ColocationState.Transitional, ColocationState.StressTest },
        { "capacity", ColocationState.Transitional, ColocationState.StressTest },
        { "capacity", ColocationState.StressTest, ColocationState.PeakDegradeLossless },
        { "approvals", ColocationState.StressTest, ColocationState.PeakDegradeLossless },
        { "rehearsal", ColocationState.StressTest, ColocationState.PeakDegradeLossless },
        { "pressure", ColocationState.StressTest, ColocationState.PeakDegradeLossy },
        { "drain", ColocationState.StressTest, ColocationState.PeakDegradeLossy },
        { "traffic", ColocationState.PeakDegradeLossless, ColocationState.StressTest },
        { "ledger", ColocationState.Transitional, ColocationState.OfflineOnly },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public void A_guard_fails_alone_just_beyond_its_limit(string name, ColocationState from, ColocationState to)
    {
        var bad = AllWell with
        {
            Lease = new LeaseFacts(7, name == "lease" ? 8 : 7),
            CurrentProfileDigest = name == "profile" ? "abd" : "abc",
            Nodes = Readiness(100, unfit: name == "readiness" ? 6 : 5),
            Images = new Tally(99, name == "images" ? ["n-1"] : []),
            Forecast = new ForecastFacts(name == "forecast" ? 726 : 725, 1000, 5, 8),
            Capacity = new CapacityFacts(1_000, 700, name == "capacity" ? 499 : 500),
            Proven = new ProvenCapacity(1_000, name == "capacity" ? 1_175 : 1_176, Now, [], null),
            Approvers = name == "approvals" ? ["alice", "alice"] : ["alice", "bob"],
            LastRehearsal = Now.AddDays(-7).AddSeconds(name == "rehearsal" ? -1 : 0),
            Pressure = new PressureFacts(name == "pressure" ? 85 : 86, TimeSpan.FromSeconds(10), null, null),
            DrainLeft = TimeSpan.FromSeconds(name == "drain" ? 60 : 61),
            Traffic = new TrafficFacts(name == "traffic" ? 60 : 59, TimeSpan.FromMinutes(10)),
            HostsHeldByUnits = name == "ledger" ? 1 : 0,
        };

        var failed = Assert.Single(Guards.Check(from, to, bad), guard => !guard.Holds);

        Assert.Equal((name, GuardOutcome.Failed), (failed.Name, failed.Outcome));
        Assert.NotEmpty(failed.Fix);
    }

    [Theory]
    [InlineData(86, null, null, GuardOutcome.Passed)]
    [InlineData(86, null, 200, GuardOutcome.Passed)]
    [InlineData(50, 300, 200, GuardOutcome.Passed)]
    [InlineData(50, 100, 200, GuardOutcome.Failed)]
    [InlineData(50, 300, null, GuardOutcome.Failed)]
    [InlineData(50, null, 200, GuardOutcome.Unknown)]
    public void A_latency_that_nobody_knows_is_neither_over_nor_under_its_objective(int cpu, int? p99, int? objective, GuardOutcome outcome)
    {
        static TimeSpan? Milliseconds(int? value) => value is { } known ? TimeSpan.FromMilliseconds(known) : null;
        var facts = AllWell with { Pressure = new PressureFacts(cpu, TimeSpan.FromSeconds(10), Milliseconds(p99), Milliseconds(objective)), TrafficUnknown = p99 is null ? "no gateway is scraped" : null };

        var pressure = Assert.Single(Guards.Check(ColocationState.StressTest, ColocationState.PeakDegradeLossy, facts), guard => guard.Name == "pressure");

        Assert.Equal(outcome, pressure.Outcome);
        Assert.Equal(p99 is null && objective is not null, pressure.Detail.Contains("its p99 unknown: no gateway is scraped", StringComparison.Ordinal));
    }

    [Fact]
    public void Traffic_that_nobody_knows_says_why()
    {
        var facts = AllWell with { Traffic = null, TrafficUnknown = "no gateway is scraped" };

        var traffic = Assert.Single(Guards.Check(ColocationState.PeakDegradeLossless, ColocationState.StressTest, facts), guard => guard.Name == "traffic");

        Assert.Equal((GuardOutcome.Unknown, "the traffic is unknown: no gateway is scraped"), (traffic.Outcome, traffic.Detail));
    }

    [Fact]
    public void A_waiver_needs_a_guard_that_exists_and_may_be_waived_and_a_reason()
    {
        Assert.Empty(Guards.CheckWaivers(new Dictionary<string, string> { ["rehearsal"] = "first night in this region" }));
        Assert.Contains("did you mean rehearsal?", Assert.Single(Guards.CheckWaivers(new Dictionary<string, string> { ["rehersal"] = "x" })), StringComparison.Ordinal);
        Assert.Contains("can never be waived", Assert.Single(Guards.CheckWaivers(new Dictionary<string, string> { ["lease"] = "x" })), StringComparison.Ordinal);
        Assert.Contains("needs a reason", Assert.Single(Guards.CheckWaivers(new Dictionary<string, string> { ["images"] = " " })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cordoned_node_counts_as_missing_and_is_told_as_such()
    {
        var facts = AllWell with
        {
            Nodes = new ReadinessFacts([.. Enumerable.Range(0, 4).Select(i => new NodeReadiness($"n-{i}", true, TimeSpan.Zero) { Cordoned = i < 2 })], TimeSpan.FromSeconds(30)),
        };

        var readiness = Assert.Single(Guards.Check(ColocationState.OfflineOnly, ColocationState.Transitional, facts), guard => guard.Name == "readiness");

        Assert.Equal(GuardOutcome.Failed, readiness.Outcome);
        Assert.Contains("1 may be missing (maxUnavailable 5%); not: n-0 (cordoned), n-1 (cordoned)", readiness.Detail, StringComparison.Ordinal);
        Assert.True(Guards.Check(ColocationState.OfflineOnly, ColocationState.Transitional, facts with { Nodes = facts.Nodes! with { MaxUnavailable = MaxUnavailable.Parse("2") } }).All(guard => guard.Holds));
    }

    private static ReadinessFacts Readiness(int nodes, int unfit) => new(
        [.. Enumerable.Range(0, nodes).Select(i => new NodeReadiness($"n-{i}", true, TimeSpan.FromSeconds(i < unfit ? 60 : 59)))],
        TimeSpan.FromSeconds(30));
}
