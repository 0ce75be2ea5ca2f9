using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Guarding;

namespace Orchestrator.Fleet.Tests.Guarding;

public sealed class WaveGuardsTests
{
    private static readonly WaveFacts Well = new()
    {
        From = ColocationState.PeakDegradeLossless,
        To = ColocationState.StressTest,
        Unready = ["n-1"],
        MayBeUnready = 1,
        Pressure = new PressureFacts(85, TimeSpan.FromSeconds(20), null, null),
        P99Objective = TimeSpan.FromMilliseconds(200),
        P99 = TimeSpan.FromMilliseconds(200),
        ErrorObjective = 0.01,
        ErrorRate = 0.01,
    };

    [Fact]
    public void Nothing_turns_while_all_is_well() => Assert.Empty(WaveGuards.Turned(Well));

    public static TheoryData<string, GuardOutcome, WaveFacts> Turning => new()
    {
        { "conditions", GuardOutcome.Failed, Well with { Conditions = ["n-2: KernelDeadlock (DockerHung)"] } },
        { "nodes", GuardOutcome.Failed, Well with { Unready = ["n-1", "n-2"] } },
        { "inspections", GuardOutcome.Failed, Well with { Inspections = ["unit-1: /healthz answers 503"] } },
        { "pressure", GuardOutcome.Failed, Well with { Pressure = new PressureFacts(86, TimeSpan.FromSeconds(20), null, null) } },
        { "pressure", GuardOutcome.Unknown, Well with { Pressure = null } },
        { "p99", GuardOutcome.Failed, Well with { P99 = TimeSpan.FromMilliseconds(201) } },
        { "p99", GuardOutcome.Unknown, Well with { P99 = null, TrafficUnknown = "no gateway is scraped" } },
        { "errors", GuardOutcome.Failed, Well with { ErrorRate = 0.011 } },
        { "errors", GuardOutcome.Unknown, Well with { ErrorRate = null } },
    };

    [Theory]
    [MemberData(nameof(Turning))]
    public void A_guard_turns_alone_just_beyond_its_limit(string name, GuardOutcome outcome, WaveFacts facts)
    {
        var turned = Assert.Single(WaveGuards.Turned(facts));

        Assert.Equal((name, outcome), (turned.Name, turned.Outcome));
        Assert.NotEmpty(turned.Fix);
    }

    [Fact]
    public void Objectives_that_nobody_gives_are_not_asked_for() =>
        Assert.Empty(WaveGuards.Turned(Well with { P99Objective = null, P99 = null, ErrorObjective = null, ErrorRate = null }));

    /// <summary>Giving online more is what helps against pressure.</summary>
    [Theory]
    [InlineData(ColocationState.StressTest, ColocationState.PeakDegradeLossless, 0)]
    [InlineData(ColocationState.PeakDegradeLossless, ColocationState.StressTest, 1)]
    [InlineData(ColocationState.Transitional, ColocationState.OfflineOnly, 1)]
    public void Pressure_stops_only_moves_that_give_batch_more(ColocationState from, ColocationState to, int turned) =>
        Assert.Equal(turned, WaveGuards.Turned(Well with { From = from, To = to, Pressure = new PressureFacts(99, TimeSpan.FromSeconds(20), null, null) }).Length);

    [Fact]
    public void A_lossy_degrade_is_made_because_objectives_are_missed_so_they_do_not_stop_it() =>
        Assert.Empty(WaveGuards.Turned(Well with { From = ColocationState.PeakDegradeLossless, To = ColocationState.PeakDegradeLossy, P99 = TimeSpan.FromSeconds(9), ErrorRate = 0.5 }));
}
