using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Tests.Capacity;

/// <summary>Facts of made-up nights.</summary>
internal static class SampleFleet
{
    public static DateTimeOffset Start { get; } = new(2026, 11, 10, 20, 0, 0, TimeSpan.FromHours(8));

    /// <summary>Ten nodes lent in two waves, a cloud unit of four hosts at half the traffic for two hours, everything given back.</summary>
    public static ImmutableArray<FleetFact> Whole { get; } =
    [
        Surveyed(At(0)),
        new ShiftPlanned("hz", ColocationState.OfflineOnly, ColocationState.Transitional, "d", [["n-0"], Nodes(1, 10)]) { At = At(0) },
        new WaveConfirmed("hz", ColocationState.OfflineOnly, ColocationState.Transitional, 1, ["n-0"]) { At = At(6) },
        new WaveConfirmed("hz", ColocationState.OfflineOnly, ColocationState.Transitional, 2, Nodes(1, 10)) { At = At(12) },
        new ClusterShifted("hz", ColocationState.OfflineOnly, ColocationState.Transitional, 10) { At = At(12) },
        new UnitPlanned("cloud-1", UnitKind.Cloud, null, 4, 64_000, 5m) { At = At(12) },
        new UnitProvisioned("cloud-1", ["127.0.0.1:1"]) { At = At(20) },
        new UnitInspected("cloud-1", true, 5, []) { At = At(22) },
        new TrafficShifted(Weights(("home", 50), ("cloud-1", 50)), 100) { At = At(60) },
        new TrafficObserved(300, ImmutableDictionary<string, double>.Empty) { At = At(120) },
        new TrafficShifted(Weights(("home", 100)), 100) { At = At(180) },
        new UnitReleasing("cloud-1") { At = At(182) },
        new UnitReleased("cloud-1") { At = At(192) },
        new ShiftPlanned("hz", ColocationState.Transitional, ColocationState.OfflineOnly, "d", [Nodes(0, 10)]) { At = At(192) },
        new WaveConfirmed("hz", ColocationState.Transitional, ColocationState.OfflineOnly, 1, Nodes(0, 10)) { At = At(252) },
        new ClusterShifted("hz", ColocationState.Transitional, ColocationState.OfflineOnly, 10) { At = At(252) },
    ];

    /// <summary>Any walk of one cluster through legal moves, wave by wave, at rising times.</summary>
    public static Gen<ImmutableArray<FleetFact>> AnyWalk { get; } =
        Gen.Select(Gen.Int[0, 1000].Array[1, 12], Gen.Int[1, 90].Array[12], Gen.Int[1, 9].Array[12]).Select((choices, minutes, cuts) =>
        {
            var facts = ImmutableArray.CreateBuilder<FleetFact>();
            facts.Add(Surveyed(At(0)));
            var (state, minute) = (ColocationState.OfflineOnly, 0);
            for (var i = 0; i < choices.Length; i++)
            {
                var next = Moves.From(state)[choices[i] % Moves.From(state).Length];
                ImmutableArray<ImmutableArray<string>> waves = [Nodes(0, cuts[i]), Nodes(cuts[i], 10)];
                facts.Add(new ShiftPlanned("hz", state, next, "d", waves) { At = At(minute) });
                for (var wave = 0; wave < 2; wave++)
                {
                    minute += minutes[i];
                    facts.Add(new WaveConfirmed("hz", state, next, wave + 1, waves[wave]) { At = At(minute) });
                }

                facts.Add(new ClusterShifted("hz", state, next, 10) { At = At(minute) });
                state = next;
            }

            return facts.ToImmutable();
        });

    public static DateTimeOffset At(int minute) => Start.AddMinutes(minute);

    public static FleetSurveyed Surveyed(DateTimeOffset at) => new(
        [new SurveyedCluster("hz", 10, 960_000, 3_840_000, 0, 6m, ImmutableDictionary<ColocationState, int>.Empty.Add(ColocationState.OfflineOnly, 10)) { ReservePercent = 5 }])
    { At = at };

    public static ImmutableDictionary<string, int> Weights(params (string To, int Percent)[] weights) =>
        weights.ToImmutableDictionary(weight => weight.To, weight => weight.Percent);

    private static ImmutableArray<string> Nodes(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => $"n-{i}")];
}
