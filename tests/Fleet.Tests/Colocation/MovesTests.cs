using CsCheck;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Tests.Colocation;

public sealed class MovesTests
{
    private static readonly Gen<ColocationState> AnyState = Gen.Int[0, 4].Select(index => ColocationStates.All[index]);

    [Fact]
    public void Exactly_the_moves_of_the_reference_are_legal()
    {
        var legal = from f in ColocationStates.All from t in ColocationStates.All where Moves.IsLegal(f, t) select $"{f.Id()} > {t.Id()}";

        Assert.Equal(
            [
                "offline-only > transitional",
                "transitional > offline-only", "transitional > stress-test",
                "stress-test > transitional", "stress-test > peak-degrade-lossless", "stress-test > peak-degrade-lossy",
                "peak-degrade-lossless > stress-test", "peak-degrade-lossless > peak-degrade-lossy",
                "peak-degrade-lossy > peak-degrade-lossless",
            ],
            legal);
    }

    [Fact]
    public void Every_legal_move_has_a_legal_way_back_unless_it_loses_work()
    {
        Gen.Select(AnyState, AnyState).Where(move => Moves.IsLegal(move.Item1, move.Item2)).Sample((from, to) =>
        {
            var back = Moves.WayBack(from, to);

            Assert.Equal(to == ColocationState.PeakDegradeLossy, !back.Reversible);
            Assert.True(!back.Reversible || (back.To == from && Moves.IsLegal(to, from)));
        });
    }

    [Fact]
    public void A_path_is_made_of_legal_moves_and_ends_where_it_should()
    {
        Gen.Select(AnyState, AnyState).Sample((from, to) =>
        {
            var path = Moves.Path(from, to);

            Assert.Equal(from == to, path.IsEmpty);
            Assert.All(path.Prepend(from).Zip(path), move => Assert.True(Moves.IsLegal(move.First, move.Second)));
            Assert.Equal(to, path.Prepend(from).Last());
            Assert.True(to == ColocationState.PeakDegradeLossy || !path.Contains(ColocationState.PeakDegradeLossy));
        });
    }

    [Fact]
    public void A_refused_move_names_the_legal_ones_and_the_way_round()
    {
        var check = Moves.Check(ColocationState.OfflineOnly, ColocationState.PeakDegradeLossless);

        Assert.False(check.Legal);
        Assert.Contains("from offline-only a cluster can go to transitional", check.Reason, StringComparison.Ordinal);
        Assert.Contains("transitional, then stress-test, then peak-degrade-lossless", check.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("peak-degrade", null, ColocationState.PeakDegradeLossless)]
    [InlineData("peak-degrade", "lossy", ColocationState.PeakDegradeLossy)]
    [InlineData("peak-degrade-lossy", "lossy", ColocationState.PeakDegradeLossy)]
    [InlineData("stress-test", null, ColocationState.StressTest)]
    public void A_state_is_parsed_with_its_mode(string id, string? mode, ColocationState state)
    {
        Assert.Equal(state, ColocationStates.Parse(id, mode));
    }

    [Theory]
    [InlineData("peak", null)]
    [InlineData("stress-test", "lossy")]
    [InlineData("peak-degrade", "gentle")]
    public void A_state_or_mode_that_is_none_is_refused(string id, string? mode)
    {
        Assert.Throws<FormatException>(() => ColocationStates.Parse(id, mode));
    }
}
