using CsCheck;
using Orchestrator.Fleet.Demand;

namespace Orchestrator.Fleet.Tests.Files;

public sealed class DayCurveTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 11, 0, 0, 0, TimeSpan.FromHours(8));

    private static readonly Gen<DayCurve> AnyCurve =
        Gen.Select(Gen.Int[0, 1439], Gen.Double[0, 1000]).Array[1, 20].Select(points =>
            new DayCurve(points.DistinctBy(p => p.Item1).OrderBy(p => p.Item1).Select(p => new DayPoint(TimeSpan.FromMinutes(p.Item1), p.Item2))));

    [Fact]
    public void A_curve_runs_straight_between_points_and_over_midnight()
    {
        var curve = new DayCurve([new(TimeSpan.FromHours(6), 100), new(TimeSpan.FromHours(18), 200)]);

        Assert.Equal(150, curve.At(TimeSpan.FromHours(12)));
        Assert.Equal(150, curve.At(Midnight.ToUniversalTime()));
        Assert.Equal(100, curve.At(TimeSpan.FromHours(6)));
    }

    [Fact]
    public void A_curve_that_is_cut_is_flat_where_it_was_above_and_the_same_elsewhere()
    {
        Gen.Select(AnyCurve, Gen.Double[1, 1000], Gen.Int[0, 86_399]).Sample((curve, limit, second) =>
        {
            var at = TimeSpan.FromSeconds(second);
            // Where it crosses the limit steeply, a tick of time is much.
            Assert.Equal(Math.Min(limit, curve.At(at)), curve.CutAt(limit).At(at), tolerance: 0.01);
        });
    }

    [Fact]
    public void The_integral_is_additive_and_agrees_with_a_fine_sum()
    {
        Gen.Select(AnyCurve, Gen.Int[0, 2000], Gen.Int[0, 2000]).Sample((curve, a, b) =>
        {
            var (from, middle, to) = (Midnight, Midnight.AddMinutes(a), Midnight.AddMinutes(a + b));
            var whole = curve.Integral(from, to);
            var fine = Enumerable.Range(0, a + b).Sum(minute => (curve.At(from.AddMinutes(minute)) + curve.At(from.AddMinutes(minute + 1))) / 2 * 60);

            Assert.Equal(whole, curve.Integral(from, middle) + curve.Integral(middle, to), 3);
            Assert.Equal(whole, fine, 3);
        }, iter: 50);
    }

    [Fact]
    public void The_peak_between_two_times_is_that_of_a_fine_search()
    {
        Gen.Select(AnyCurve, Gen.Int[0, 1439], Gen.Int[0, 2000]).Sample((curve, start, length) =>
        {
            var from = Midnight.AddMinutes(start);
            var fine = Enumerable.Range(0, length + 1).Max(minute => curve.At(from.AddMinutes(minute)));

            Assert.Equal(fine, curve.PeakBetween(from, from.AddMinutes(length)), 6);
        }, iter: 50);
    }
}
