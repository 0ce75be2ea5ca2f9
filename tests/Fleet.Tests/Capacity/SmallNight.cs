using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Tests.Capacity;

/// <summary>Four nodes of 48 cores lent for a night, a cloud unit that grows from two hosts to three, a unit of eight replicas, counters that begin again at zero, and one reading long after the end.</summary>
internal static class SmallNight
{
    public static DateTimeOffset Start { get; } = new(2026, 11, 10, 20, 0, 0, TimeSpan.FromHours(8));

    public static FleetDefinition Fleet { get; } = Read("""
        fleet: small
        currency: CNY
        traffic: { "00:00": 300 }
        cloud: { costPerHostHour: 10, hostCpuMilli: 32000, databaseCostPerHour: 4, cacheCostPerHour: 2, balancerCostPerHour: 0.5, priceSource: made up for this test }
        owned: { costPerHostHour: 3, hoursPerPromotion: 4380, priceSource: made up for this test }
        clusters:
          - id: hz
            kind: batch
            region: r
            zones: [z]
            costPerNodeHour: 6
            pools:
              - { name: p, model: m, cpuMilli: 48000, memoryMiB: 1024, nodes: { prefix: n-, count: 4 } }
        """);

    public static ImmutableArray<FleetFact> Facts { get; } =
    [
        new FleetSurveyed([SurveyedCluster.Of(Fleet.Clusters[0], ImmutableDictionary<ColocationState, int>.Empty.Add(ColocationState.OfflineOnly, 4))]) { At = At(0) },
        Orders(0, ("home", "accepted", 1000), ("home", "rejected", 10)),
        new NodesMeasured("hz", 4, 4, 0, 192_000, 96_000, 0) { At = At(0) },
        new ShiftPlanned("hz", ColocationState.OfflineOnly, ColocationState.Transitional, "d", [["n-0"], ["n-1", "n-2", "n-3"]]) { At = At(10) },
        new WaveConfirmed("hz", ColocationState.OfflineOnly, ColocationState.Transitional, 1, ["n-0"]) { At = At(20) },
        new WaveConfirmed("hz", ColocationState.OfflineOnly, ColocationState.Transitional, 2, ["n-1", "n-2", "n-3"]) { At = At(30) },
        new ClusterShifted("hz", ColocationState.OfflineOnly, ColocationState.Transitional, 4) { At = At(30) },
        new UnitPlanned("cloud-1", UnitKind.Cloud, null, 2, 64_000, 10m) { At = At(30), ResourcePrices = Fleet.Cloud.ResourcePrices },
        new UnitPlanned("bd-1", UnitKind.BigData, "hz", 8, 32_000, 0m) { At = At(30) },
        new UnitProvisioned("cloud-1", []) { At = At(40) },
        new UnitProvisioned("bd-1", []) { At = At(40) },
        new UnitInspected("cloud-1", true, 1, []) { At = At(42) },
        new UnitInspected("bd-1", true, 1, []) { At = At(42) },
        Orders(60, ("home", "accepted", 1600), ("home", "rejected", 20)),
        new TrafficShifted(Weights(("home", 40), ("cloud-1", 50), ("bd-1", 10)), null) { At = At(60) },
        new UnitScaled("cloud-1", 3, 96_000) { At = At(90) },
        Observed(120, 310, ("home", 120), ("cloud-1", 150), ("bd-1", 30)),
        // Home's gateway was started again; the units are new.
        Orders(120, ("home", "accepted", 200), ("home", "rejected", 25), ("cloud-1", "accepted", 900), ("bd-1", "accepted", 300)),
        new NodesMeasured("hz", 4, 3, 1, 144_000, 108_000, 30_000) { At = At(120) },
        Observed(150, 300, ("home", 100), ("cloud-1", 140), ("bd-1", 30)),
        new OrdersCounted([]) { At = At(180), Unknown = "the newest sample is too old" },
        Orders(210, ("home", "accepted", 500), ("home", "rejected", 25), ("cloud-1", "accepted", 1900), ("bd-1", "accepted", 600)),
        new TrafficShifted(Weights(("home", 100)), null) { At = At(210) },
        new UnitReleasing("bd-1") { At = At(215) },
        new UnitReleased("bd-1") { At = At(220) },
        new UnitReleasing("cloud-1") { At = At(220) },
        new UnitReleased("cloud-1") { At = At(230) },
        new ShiftPlanned("hz", ColocationState.Transitional, ColocationState.OfflineOnly, "d", [["n-0", "n-1", "n-2", "n-3"]]) { At = At(230) },
        new WaveConfirmed("hz", ColocationState.Transitional, ColocationState.OfflineOnly, 1, ["n-0", "n-1", "n-2", "n-3"]) { At = At(240) },
        new ClusterShifted("hz", ColocationState.Transitional, ColocationState.OfflineOnly, 4) { At = At(240) },
        Observed(300, 9_999, ("home", 9_999)),
        Orders(300, ("home", "accepted", 99_999)),
        new NodesMeasured("hz", 4, 4, 0, 192_000, 192_000, 0) { At = At(300) },
    ];

    public static DateTimeOffset At(double minute) => Start.AddMinutes(minute);

    public static OrdersCounted Orders(int minute, params (string Destination, string Outcome, double Value)[] counts) =>
        new([.. counts.Select(count => new OrderCount("instance=gateway", count.Destination, count.Outcome, count.Value))]) { At = At(minute) };

    public static FleetDefinition Read(string text)
    {
        var reading = FleetFileReader.Read("small.yaml", text);
        return reading.Value ?? throw new InvalidOperationException(string.Join(Environment.NewLine, reading.Diagnostics));
    }

    private static TrafficObserved Observed(int minute, double demand, params (string Destination, double Served)[] served)
    {
        var byDestination = served.ToImmutableDictionary(one => one.Destination, one => one.Served);
        return new TrafficObserved(demand, byDestination) { At = At(minute), ServedByDestination = byDestination, WindowSeconds = 60 };
    }

    private static ImmutableDictionary<string, int> Weights(params (string To, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.To, weight => weight.Percent);
}
