using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Notifications;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Facts;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class TrafficTests
{
    private static readonly DateTimeOffset Midnight = DateTimeOffset.Parse("2026-11-11T00:00:00+08:00");

    [Fact]
    public void A_spread_sums_to_100_whatever_the_groups() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 40], Gen.Int[0, 7], Gen.Int[0, 7]).Sample((first, second, some, others) =>
        {
            var weights = Weights.Spread(
            [
                new() { Units = [.. Enumerable.Range(1, some).Select(unit => $"a-{unit}")], Percent = first },
                new() { Units = [.. Enumerable.Range(1, others).Select(unit => $"b-{unit}")], Percent = second },
            ]);

            Assert.Equal(100, weights.Values.Sum());
            Assert.Equal(some == 0 ? 0 : first, weights.Where(weight => weight.Key.StartsWith('a')).Sum(weight => weight.Value));
            Assert.All(weights.Values, percent => Assert.True(percent >= 0));
        });

    [Fact]
    public void Every_step_of_a_ramp_sums_to_100_and_the_last_is_the_target() =>
        Gen.Select(Gen.Int[0, 50], Gen.Int[0, 50], Gen.Int[0, 50], Gen.Int[0, 50], Gen.Int[1, 9]).Sample((a, b, toA, toB, steps) =>
        {
            var (from, to) = (Of(a, b), Of(toA, toB));

            for (var step = 1; step <= steps; step++)
            {
                var weights = Weights.Between(from, to, step, steps);
                Assert.Equal(100, weights.Values.Sum());
                Assert.All(weights.Values, percent => Assert.True(percent >= 0));
            }

            Assert.True(Weights.Equal(Weights.Normal(to), Weights.Between(from, to, steps, steps)));
        });

    [Fact]
    public void The_traffic_is_calm_only_when_it_was_seen_below_for_long_enough()
    {
        var history = History((0, 1000), (5, 900), (10, 500), (15, 400), (20, 450));

        Assert.Equal(TimeSpan.FromMinutes(10), history.BelowFor(0.6));
        Assert.Equal((0.5, TimeSpan.FromMinutes(10)), history.Highest(TimeSpan.FromMinutes(10)));
        Assert.Equal(TimeSpan.Zero, history.Add(Midnight.AddMinutes(25), 700).BelowFor(0.6));
    }

    [Fact]
    public void A_single_reading_is_the_peak_itself()
    {
        var history = History((0, 300));

        Assert.Equal(TimeSpan.Zero, history.BelowFor(0.6));
        Assert.Equal((1.0, TimeSpan.Zero), history.Highest(TimeSpan.FromMinutes(10)));
        Assert.Null(TrafficHistory.Empty.Highest(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void Another_nights_peak_does_not_count() =>
        Assert.Equal(300, History((0, 1000), (25 * 60, 300)).Peak.Demand);

    [Fact(Timeout = 60_000)]
    public async Task An_observation_stands_in_the_journal()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var seen = await cloud.RunAsync<ObserveTraffic, ObserveTrafficArguments, ObserveTrafficResult>(new(), cloud.ATask("observe"));

        var observed = Assert.Single(cloud.Journal.Facts.OfType<TrafficObserved>());
        // The night runs on between the balancer's reading and the fact, so the curve gives bounds, not the value.
        var curve = SmallFleet.Definition.Traffic;
        Assert.InRange(seen.Total, 390, Math.Max(410, curve.At(observed.At)));
        Assert.Equal((seen.Total, seen.Total), (seen.Peak, observed.Demand));
        // Home serves all of it, and one request of twenty is an order.
        Assert.Equal((seen.Total, 60.0), (observed.ServedByDestination!["home"], observed.WindowSeconds!.Value));
        var orders = Assert.Single(cloud.Journal.Facts.OfType<OrdersCounted>());
        Assert.Null(orders.Unknown);
        Assert.Equal(["accepted", "rejected"], orders.Counts.Select(count => count.Outcome));
        Assert.All(orders.Counts, count => Assert.Equal("home", count.Destination));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_observation_goes_on_for_as_long_as_is_asked_and_after_a_kill_with_what_is_left()
    {
        await using var cloud = await TestCloud.OpenAsync(speed: 120);
        var arguments = new ObserveTrafficArguments { For = TimeSpan.FromMinutes(5), Every = TimeSpan.FromMinutes(1) };
        await Assert.ThrowsAsync<OperationCanceledException>(() => cloud.RunAsync<ObserveTraffic, ObserveTrafficArguments, ObserveTrafficResult>(
            arguments, new FakeTask(cloud.Journal, cloud.Clock, "observe") { KilledAt = 2, KilledAfter = true }));

        await cloud.RunAsync<ObserveTraffic, ObserveTrafficArguments, ObserveTrafficResult>(arguments, cloud.ATask("observe", attempt: 2));

        var times = cloud.Journal.Facts.OfType<TrafficObserved>().Select(observed => observed.At).ToArray();
        Assert.InRange(times.Length, 2, 6);
        Assert.Equal(times.Order(), times);
        // A timer of the fast clock may ring a moment early.
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First >= arguments.Every - TimeSpan.FromSeconds(2)));
        Assert.Single(cloud.Journal.Facts.OfType<OrdersCounted>());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_repeated_notification_arrives_once()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var arguments = new NotifyArguments { Url = new Uri(cloud.Cloud.BaseAddress, "sim/webhook").ToString(), Message = "The sale has begun." };

        await cloud.RunAsync<Notify, NotifyArguments, NotifyResult>(arguments, cloud.ATask("tell"));
        var again = await cloud.RunAsync<Notify, NotifyArguments, NotifyResult>(arguments, cloud.ATask("tell", attempt: 2));

        Assert.True(again.Sent);
        Assert.Single(cloud.Cloud.Effects, effect => effect.Kind == EffectKind.Webhook);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_an_address_nobody_is_told_and_a_bad_one_is_refused()
    {
        await using var cloud = await TestCloud.OpenAsync();

        Assert.False((await cloud.RunAsync<Notify, NotifyArguments, NotifyResult>(new() { Message = "x" }, cloud.ATask("tell"))).Sent);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            cloud.RunAsync<Notify, NotifyArguments, NotifyResult>(new() { Url = "ftp://host", Message = "x" }, cloud.ATask("other")));
        Assert.Equal(("bad-address", false), (failure.Error.Code, failure.Error.Retryable));
        var closed = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            cloud.RunAsync<Notify, NotifyArguments, NotifyResult>(new() { Url = "http://169.254.169.254/latest/meta-data/", Message = "x" }, cloud.ATask("metadata")));
        Assert.Equal(("bad-address", false), (closed.Error.Code, closed.Error.Retryable));
    }

    private static ImmutableDictionary<string, int> Of(int a, int b) =>
        ImmutableDictionary<string, int>.Empty.Add("a", a).Add("b", b).Add(Weights.Home, 100 - a - b);

    private static TrafficHistory History(params (int Minute, double Demand)[] readings) =>
        readings.Aggregate(TrafficHistory.Empty, (history, reading) => history.Add(Midnight.AddMinutes(reading.Minute), reading.Demand));
}
