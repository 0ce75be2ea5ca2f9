using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>What all routers have in common: the order, the names, the percents, the settings.</summary>
public sealed class RoutingTests
{
    private static readonly TrafficChange change = new(Of(("home", 100)), Of(("home", 70), ("unit-1", 30)), "key");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Buyers_that_move_are_forbidden_before_the_switch_and_allowed_once_it_is_in_force()
    {
        var router = new UnitisedRouter();

        await ((ITrafficRouter)router).ShiftAsync(change, Stop);

        Assert.Equal(["forbid home-30 unit-1+30", "switch", "wait", "allow"], router.Calls);
    }

    [Fact]
    public async Task Buyers_stay_forbidden_while_the_switch_is_not_in_force()
    {
        var router = new UnitisedRouter { Stalls = true };

        await Assert.ThrowsAsync<TrafficException>(() => ((ITrafficRouter)router).ShiftAsync(change, Stop));

        Assert.Equal(["forbid home-30 unit-1+30", "switch", "wait"], router.Calls);
    }

    [Fact]
    public async Task Routers_of_requests_forbid_nobody()
    {
        await using var server = await FakeRouteServer.StartAsync();
        ITrafficRouter router = server.Router();

        await router.ForbidAsync(change, Stop);
        await router.AllowAsync(change, Stop);

        Assert.False(router.Forbids);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Percents_sum_to_100_and_show_whoever_has_a_weight() =>
        Gen.Int[0, 1_000_000].Array[1, 16].Where(weights => weights.Any(weight => weight > 0)).Sample(weights =>
        {
            var named = weights.Select((weight, index) => (Name: $"d{index}", Weight: (long)weight)).ToDictionary(one => one.Name, one => one.Weight);

            var percents = Shares.Percent(named)!;

            Assert.Equal(100, percents.Values.Sum());
            Assert.All(percents, percent => Assert.Equal(named[percent.Key] > 0, percent.Value > 0));
            Assert.All(percents, percent => Assert.InRange(percent.Value, Math.Max(0, (named[percent.Key] * 100.0 / named.Values.Sum()) - 16), (named[percent.Key] * 100.0 / named.Values.Sum()) + 1));
        });

    [Fact]
    public void Whole_percents_are_read_as_they_were_written() =>
        Gen.Int[1, 30].Array[1, 3].Sample(units =>
        {
            var written = units.Select((weight, index) => KeyValuePair.Create($"unit-{index}", (long)weight)).Append(KeyValuePair.Create("home", 100L - units.Sum())).ToDictionary();

            Assert.Equal(written, Shares.Percent(written)!.ToDictionary(one => one.Key, one => (long)one.Value));
        });

    [Theory]
    [InlineData("*", "unit-1", "unit-1")]
    [InlineData("trade-*", "unit-1", "trade-unit-1")]
    [InlineData("*-svc", "unit-1", "unit-1-svc")]
    [InlineData("trade-*", "home", "edge")]
    public void A_destination_has_the_backend_that_is_named_or_that_the_pattern_makes(string pattern, string destination, string backend)
    {
        var names = new BackendNames(destination == "home" ? new Dictionary<string, string> { ["home"] = "edge" } : [], pattern);

        Assert.Equal((backend, destination), (names.BackendOf(destination), names.DestinationOf(backend)));
    }

    [Theory]
    [InlineData("trade-*", "legacy")]
    [InlineData("trade-*", "trade-")]
    [InlineData("*", "home")]
    public void Other_backends_are_no_destinations(string pattern, string backend) =>
        Assert.Null(new BackendNames(new Dictionary<string, string> { ["home"] = "edge" }, pattern).DestinationOf(backend));

    [Theory]
    [InlineData("Traffic.RuleId", "Alb", null)]
    [InlineData("Traffic.Cluster: there is no cluster 'nowhere'; there are edge", "HttpRoute", "nowhere")]
    public void Settings_that_cannot_be_are_refused_at_the_start(string message, string kind, string? cluster)
    {
        var failures = Failures(options => (options.Traffic.Kind, options.Traffic.Cluster) = (Enum.Parse<TrafficRouterKind>(kind), cluster));

        Assert.Contains(message, Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_setting_is_told_at_once()
    {
        var failures = Failures(options =>
        {
            options.Traffic.Pattern = "trade";
            options.Traffic.Namespace = "Trading!";
            options.Traffic.Route = "";
            options.Traffic.ObservedWithin = TimeSpan.Zero;
            options.Traffic.Backends["home"] = "same";
            options.Traffic.Backends["unit-1"] = "same";
            options.Traffic.Backends["unit-2"] = "";
            options.Traffic.Kind = (TrafficRouterKind)7;
        });

        Assert.Equal(
            ["Traffic.Backends", "Traffic.Backends.unit-2", "Traffic.Kind", "Traffic.Namespace", "Traffic.ObservedWithin", "Traffic.Pattern", "Traffic.Route"],
            failures.Select(failure => failure[..failure.IndexOf(':', StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Failures(Action<InfraOptions> configure)
    {
        using var services = new ServiceCollection().AddInfra(options =>
        {
            options.Cloud = new Uri("http://127.0.0.1:9/");
            options.Clusters["edge"] = null;
            configure(options);
        }).BuildServiceProvider();
        return Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<ITrafficRouter>()).Failures;
    }

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);

    /// <summary>A router that knows buyers, as AppActive's does.</summary>
    private sealed class UnitisedRouter : ITrafficRouter
    {
        public List<string> Calls { get; } = [];

        public bool Stalls { get; init; }

        public string Target => "unitised";

        public bool Forbids => true;

        public Task<RoutedWeights> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ForbidAsync(TrafficChange change, CancellationToken cancellationToken) => Note($"forbid {string.Join(' ', change.Moving.Select(moved => $"{moved.Key}{moved.Value:+0;-0}"))}");

        public Task SwitchAsync(TrafficChange change, CancellationToken cancellationToken) => Note("switch");

        public Task<RoutedWeights> WaitAsync(TrafficChange change, CancellationToken cancellationToken)
        {
            Calls.Add("wait");
            return Stalls ? throw new TrafficException(TrafficErrorKind.NotObserved, Target, "late", "Wait.") : Task.FromResult(new RoutedWeights(change.To, RoutingStage.Programmed, Target));
        }

        public Task MarkAsync(MarkedTraffic marked, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task UnmarkAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task AllowAsync(TrafficChange change, CancellationToken cancellationToken) => Note("allow");

        private Task Note(string call)
        {
            Calls.Add(call);
            return Task.CompletedTask;
        }
    }
}
