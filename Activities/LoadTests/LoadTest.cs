using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Kubernetes;
using Orchestrator.Activities.Metrics;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.LoadTests;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;
using TrafficReading = Orchestrator.Infra.Metrics.TrafficReading;
using Weights = Orchestrator.Activities.Traffic.Weights;

namespace Orchestrator.Activities.LoadTests;

/// <summary>
/// Proves what the destinations carry, with marked requests of generators beside the customers': a header sends each where it is to go, whatever the weights say. The load rises, is
/// measured by destination, and is taken away as soon as an objective breaks. An attempt that was cut short begins anew.
/// </summary>
internal sealed class LoadTest(LoadGenerators generators, ITrafficRouter router, TrafficMetrics metrics, FleetFacts facts, FleetDefinition fleet, EnvironmentClock clock) : IActivity<LoadTestArguments, LoadTestResult>
{
    /// <summary>The header of marked requests; its value is the test's name and the destination.</summary>
    private const string Header = "x-load-test";

    /// <summary>So long generators may take to run, on the environment clock.</summary>
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(5);

    /// <summary>Generators stay at the height a while longer than they are measured: the step ends them. On a fast clock, where a measurement takes minutes, the longer.</summary>
    private TimeSpan Longer => TimeSpan.FromMinutes(Math.Max(30, clock.Speed));

    /// <summary>The end of a load does not hang on the step's own token. On the system clock.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(30);

    /// <summary>At the height at least so many measurements are made, however fast the environment clock runs.</summary>
    private const int LeastMeasurements = 3;

    public async Task<LoadTestResult> ExecuteAsync(LoadTestArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var name = NameOf(context);
        var cluster = generators.ClusterOf(arguments.Cluster) ?? throw Refuse("no cluster is configured in which the load could be generated; name one (cluster: …)");
        if (arguments.Stop)
        {
            if (!context.Undo) throw Refuse("stop is for a step's undo: it ends the load of the step that is taken back");
            await EndAsync(cluster, name, cancellationToken);
            return Result(arguments, new LoadTally(arguments, ImmutableSortedDictionary<string, double>.Empty), passed: false, 0, TimeSpan.Zero);
        }

        var targets = await TargetsAsync(arguments, context, cancellationToken);
        // What an earlier attempt has left is no part of this one's load.
        await EndAsync(cluster, name, cancellationToken);
        var customers = await MetricsFailures.TranslateAsync(metrics.ReadAsync, cancellationToken);
        var plan = Plan(arguments, name, targets, customers, context);
        var tally = new LoadTally(arguments, targets);
        var (count, began, broke) = (0, context.Clock.GetTimestamp(), (string?)null);
        try
        {
            await TrafficDivider.TranslateAsync(() => router.MarkAsync(
                new MarkedTraffic(name, Header, targets.Keys.ToImmutableSortedDictionary(destination => ValueOf(name, destination), destination => ImmutableDictionary<string, int>.Empty.Add(destination, 100), StringComparer.Ordinal), context.IdempotencyKey),
                cancellationToken));
            await ClusterCalls.CallAsync(name, async () =>
            {
                await generators.StartAsync(cluster, plan, arguments.Image, arguments.Script, cancellationToken);
                return true;
            });
            count = await StartedAsync(cluster, name, context, cancellationToken);
            began = context.Clock.GetTimestamp();
            broke = await MeasureAsync(arguments, cluster, name, tally, context, cancellationToken);
        }
        finally
        {
            using var soon = new CancellationTokenSource(StopsWithin, TimeProvider.System);
            await EndAsync(cluster, name, soon.Token);
        }

        broke ??= tally.Short is { IsEmpty: false } few ? $"the load did not come to its height: {string.Join(", ", few)} requests a second; the generators, or the way to the destinations, do not carry it" : null;
        await context.RecordAsync($"tested/{context.Attempt}", new LoadTested(arguments.Percent, fleet.AdmittedTraffic.Peak, tally.ProvenByDestination, broke) { At = context.Clock.GetUtcNow() }, cancellationToken);
        return broke is null ? Result(arguments, tally, passed: true, count, context.Clock.GetElapsedTime(began)) : throw new ActivityFailedException(
            "load-test-failed",
            string.Create(CultureInfo.InvariantCulture, $"{broke}. The load is stopped; {tally.Proven:#,0} requests a second were served within the objectives, {arguments.Percent} % of the forecast are {targets.Values.Sum():#,0}. Give the units that are named more hosts, build a further one, or give them a smaller part."),
            retryable: false);
    }

    private async Task<ImmutableSortedDictionary<string, double>> TargetsAsync(LoadTestArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var weights = Weights.Asked(arguments.Weights, arguments.Spread)
            ?? throw Refuse("say how the load is divided: either weights (percent by destination) or spread (groups of units, home takes the rest)");
        if (arguments.Interval < TimeSpan.FromSeconds(1) || arguments.Hold < arguments.Interval || arguments.Ramp < TimeSpan.FromSeconds(1))
        {
            throw Refuse("ramp and interval are at least 1 s, and hold is not shorter than interval");
        }

        var over = context.Clock.GetUtcNow() + arguments.Ramp + arguments.Hold;
        if (arguments.EndBy is { } end && over > end)
        {
            throw new ActivityFailedException(
                "too-late", string.Create(CultureInfo.InvariantCulture, $"the load test would last until {over:u}, and must be over by {end:u}: it is not begun. Shorten ramp or hold, or go on without it."), retryable: false);
        }

        var unfit = Weights.Unfit(weights, (await facts.ReadAsync(cancellationToken)).View);
        return unfit.IsEmpty
            ? weights.Where(weight => weight.Value > 0).ToImmutableSortedDictionary(weight => weight.Key, weight => fleet.AdmittedTraffic.Peak * arguments.Percent / 100 * weight.Value / 100, StringComparer.Ordinal)
            : throw new ActivityFailedException("not-ready", $"{string.Join(", ", unfit)} {(unfit.Length == 1 ? "is" : "are")} not built, or did not pass an inspection. Build and inspect what is to carry load first (unit.provision, unit.inspect).", retryable: false);
    }

    /// <summary>Generators send what customers do not, so that each destination gets its target; none where customers alone are more. It counts on as many customers as the forecast leaves of those of now. A fiftieth above it, since a measured rate lags behind.</summary>
    private LoadPlan Plan(LoadTestArguments arguments, string name, ImmutableSortedDictionary<string, double> targets, TrafficReading customers, TaskContext context)
    {
        var url = arguments.Url is { } given
            ? Uri.TryCreate(given, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" ? parsed : throw Refuse($"'{given}' is no http or https address")
            : generators.Url ?? throw Refuse("no address is known that customers come by; name it (url: …), or set Infra:LoadTest:Url");
        var least = LeastShare(context.Clock.GetUtcNow(), 2 * (arguments.Ramp + arguments.Hold));
        return new LoadPlan(
            name,
            url,
            targets.ToImmutableSortedDictionary(target => target.Key, target => Math.Max(0, (target.Value * 1.02) - (least * customers.ByDestination.GetValueOrDefault(target.Key))), StringComparer.Ordinal),
            targets.Keys.ToImmutableSortedDictionary(
                destination => destination, destination => ImmutableSortedDictionary<string, string>.Empty.Add(Header, ValueOf(name, destination)), StringComparer.Ordinal),
            arguments.Ramp,
            arguments.Hold + Longer,
            context.IdempotencyKey);
    }

    /// <summary>What part of the customers of now is left when the forecast is lowest within a time, 0 to 1: a rate that counted on all of them would fall short as they leave.</summary>
    private double LeastShare(DateTimeOffset now, TimeSpan within)
    {
        var there = fleet.AdmittedTraffic.At(now);
        return there <= 0 ? 1 : Enumerable.Range(0, 61).Min(part => fleet.AdmittedTraffic.At(now + (within * part / 60))) / there;
    }

    /// <summary>Waits until every generator runs.</summary>
    private async Task<int> StartedAsync(string cluster, string name, TaskContext context, CancellationToken cancellationToken)
    {
        var from = context.Clock.GetTimestamp();
        for (var reading = 1; ; reading++)
        {
            var state = await ClusterCalls.CallAsync(name, () => generators.ReadAsync(cluster, name, cancellationToken));
            if (state.Ended is { } ended)
            {
                throw new ActivityFailedException("load-not-generated", $"the generators did not begin: {ended}.");
            }

            if (state.Ready >= state.Wanted && state.Wanted > 0)
            {
                return state.Wanted;
            }

            if (context.Clock.GetElapsedTime(from) > StartsWithin && reading >= LeastMeasurements)
            {
                throw new ActivityFailedException(
                    "load-not-generated", $"{state.Ready} of {state.Wanted} generators run after {StartsWithin.TotalMinutes:0} minutes{(state.Waiting.Length > 0 ? $"; the others wait: {state.Waiting}" : "")}. Give them a cluster with room (cluster: …, Infra:LoadTest).");
            }

            context.Progress(0, $"{state.Ready} of {state.Wanted} generators run");
            await PauseAsync(TimeSpan.FromSeconds(2), context, cancellationToken);
        }
    }

    /// <summary>Measures until the height was held long enough, or an objective broke: then with the reason.</summary>
    private async Task<string?> MeasureAsync(LoadTestArguments arguments, string cluster, string name, LoadTally tally, TaskContext context, CancellationToken cancellationToken)
    {
        var began = context.Clock.GetTimestamp();
        for (var atHeight = 0; ;)
        {
            await PauseAsync(arguments.Interval, context, cancellationToken);
            var (reading, unknown) = await ReadAsync(cancellationToken);
            var elapsed = context.Clock.GetElapsedTime(began);
            if ((reading is null ? tally.AddUnknown(unknown!) : tally.Add(reading)) is { } broke)
            {
                return broke;
            }

            context.Progress(Math.Min(1, elapsed / (arguments.Ramp + arguments.Hold)), reading is null ? $"unknown: {unknown}" : tally.Show(reading));
            atHeight += elapsed >= arguments.Ramp ? 1 : 0;
            if (elapsed >= arguments.Ramp + arguments.Hold && atHeight >= LeastMeasurements)
            {
                return null;
            }

            if (await ClusterCalls.CallAsync(name, () => generators.ReadAsync(cluster, name, cancellationToken)) is { Ended: { } ended })
            {
                return $"the generators ended before the test did: {ended}";
            }
        }
    }

    private async Task<(TrafficReading? Reading, string? Unknown)> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await metrics.ReadAsync(cancellationToken), null);
        }
        catch (MetricsException exception) when (exception.Failure is not (MetricsFailure.BadQuery or MetricsFailure.WrongType))
        {
            return (null, exception.Message);
        }
        catch (MetricsException exception)
        {
            throw MetricsFailures.Translate(exception);
        }
    }

    /// <summary>The load first, then the rule that sends it.</summary>
    private async Task EndAsync(string cluster, string name, CancellationToken cancellationToken)
    {
        try
        {
            await ClusterCalls.CallAsync(name, async () =>
            {
                await generators.StopAsync(cluster, name, cancellationToken);
                return true;
            });
        }
        catch (ArgumentException exception)
        {
            throw Refuse(exception.Message);
        }

        await TrafficDivider.TranslateAsync(() => router.UnmarkAsync(name, cancellationToken));
    }

    /// <summary>A fast environment clock would measure without a pause; the system clock's least keeps the source usable for others.</summary>
    private static Task PauseAsync(TimeSpan pause, TaskContext context, CancellationToken cancellationToken) =>
        Task.WhenAll(Task.Delay(pause, context.Clock, cancellationToken), Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, cancellationToken));

    private LoadTestResult Result(LoadTestArguments arguments, LoadTally tally, bool passed, int count, TimeSpan lasted) => new()
    {
        Passed = passed,
        Percent = arguments.Percent,
        Forecast = fleet.AdmittedTraffic.Peak,
        Proven = Math.Round(tally.Proven, 1),
        Destinations = tally.Destinations,
        Generators = count,
        Measurements = tally.Passed,
        Lasted = Math.Round(lasted.TotalSeconds, 1),
    };

    /// <summary>The step's own, the same in each attempt and in its undo.</summary>
    private static string NameOf(TaskContext context) => $"load-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Run}\n{context.Path}")))[..10]}";

    private static string ValueOf(string name, string destination) => $"{name}.{destination}";

    private static ActivityFailedException Refuse(string message) => new("bad-argument", message, retryable: false);
}
