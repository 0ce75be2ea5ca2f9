using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Scaling;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.FastScaleDown;

/// <summary>
/// Carries an order out with the drivers alone: no store, no bus, no guards. Traffic goes home first; clusters wait for nothing; a unit's hosts wait for the traffic for as long as
/// <see cref="TrafficWait"/>, and stay when the unit still has a share of it then. Each part goes as far as it can and holds no other up.
/// </summary>
public sealed class ScaleDown(ITrafficRouter router, HostGroups groups, FleetInventory inventory)
{
    private const string Home = "home";

    /// <summary>How long the hosts of units wait for the traffic, on the system clock. Default 20 s.</summary>
    public TimeSpan TrafficWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>After this a part that is not done is given up, on the system clock. Default 5 minutes.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Each part as it ends; every part of the order has an entry at the end.</summary>
    public async IAsyncEnumerable<ScaleDownAction> CarryOutAsync(ScaleDownOrder order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var ended = Channel.CreateUnbounded<ScaleDownAction>();
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var traffic = TrafficAsync(order, either.Token);
        var parts = new List<Task> { PartAsync("traffic", Home, async () => Said(await traffic)) };
        parts.AddRange(order.Clusters.Select(cluster => PartAsync("cluster", cluster, () => ReturnAsync(cluster, order, either.Token))));
        parts.AddRange(order.Units.Select(unit => PartAsync("unit", unit.Unit, () => EmptyAsync(unit, order, traffic, either.Token))));
        _ = Task.WhenAll(parts).ContinueWith(_ => ended.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await foreach (var action in ended.Reader.ReadAllAsync(CancellationToken.None)) yield return action;

        cancellationToken.ThrowIfCancellationRequested();

        async Task PartAsync(string kind, string id, Func<Task<(ScaleDownOutcome Outcome, string Detail)>> run)
        {
            (ScaleDownOutcome, string) result;
            try
            {
                result = await run();
            }
            catch (Exception exception)
            {
                result = (ScaleDownOutcome.Failed, deadline.IsCancellationRequested ? string.Create(CultureInfo.InvariantCulture, $"not done within {Deadline.TotalSeconds:0} s") : exception.Message);
            }

            await ended.Writer.WriteAsync(
                new ScaleDownAction(TimeProvider.System.GetUtcNow(), kind, id, result.Item1, result.Item2, Math.Round(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 3)), CancellationToken.None);
        }
    }

    private static (ScaleDownOutcome, string) Said(TrafficEnd end) => (end.Failure is null ? ScaleDownOutcome.Done : ScaleDownOutcome.Failed, end.Failure ?? end.Detail);

    /// <summary>All of it home, whatever the weights are now.</summary>
    private async Task<TrafficEnd> TrafficAsync(ScaleDownOrder order, CancellationToken cancellationToken)
    {
        var before = ImmutableDictionary<string, int>.Empty;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                before = (await router.ReadAsync(cancellationToken)).ByDestination;
                var after = before.ToImmutableDictionary(weight => weight.Key, weight => weight.Key == Home ? 100 : 0, StringComparer.Ordinal);
                if (!after.ContainsKey(Home)) return new TrafficEnd(before, "", "the router knows no destination home: give its backend a name (Infra:Traffic:Backends)");

                var change = new TrafficChange(before, after, $"{order.Id}/home/{attempt}");
                await router.ShiftAsync(change, cancellationToken);
                return new TrafficEnd(after, $"100 % home, was {Shares.Show(before)}", null);
            }
            // Somebody else's change came between: look again, at once.
            catch (TrafficException exception) when (exception.Kind is TrafficErrorKind.ChangedMeanwhile or TrafficErrorKind.Busy && attempt < 10)
            {
            }
            catch (TrafficException exception)
            {
                return new TrafficEnd(before, "", exception.Message);
            }
        }
    }

    private async Task<(ScaleDownOutcome Outcome, string Detail)> EmptyAsync(UnitOrder unit, ScaleDownOrder order, Task<TrafficEnd> traffic, CancellationToken cancellationToken)
    {
        await Task.WhenAny(traffic, Task.Delay(TrafficWait, TimeProvider.System, cancellationToken));
        var weights = traffic.IsCompletedSuccessfully ? (await traffic).Weights : null;
        if (weights is null || weights.GetValueOrDefault(unit.Unit) > 0)
        {
            return (ScaleDownOutcome.Failed, weights is null
                ? string.Create(CultureInfo.InvariantCulture, $"the traffic was not known to be home after {TrafficWait.TotalSeconds:0} s, so its hosts stay")
                : $"it still has {weights[unit.Unit]} % of the traffic, so its hosts stay");
        }

        if (unit.Kind == UnitKind.BigData)
        {
            var driver = inventory.Find(unit.Cluster ?? "") ?? throw new InvalidOperationException($"cluster {unit.Cluster} has no address here");
            var (workloads, replicas) = await driver.EmptyUnitAsync(unit.Unit, order.Id, cancellationToken);
            return (ScaleDownOutcome.Done, string.Create(CultureInfo.InvariantCulture, $"{replicas} replicas of {workloads} deployments scaled to 0"));
        }

        if (unit is not { Region: { } region, HostGroup: { } group })
        {
            return (ScaleDownOutcome.Failed, "the order does not say which scaling group its hosts are in; scale it by hand");
        }

        await groups.EmptyAsync(region, group, cancellationToken);
        return (ScaleDownOutcome.Done, string.Create(CultureInfo.InvariantCulture, $"scaling group {group} is told to have no hosts, had {unit.Hosts}"));
    }

    private async Task<(ScaleDownOutcome Outcome, string Detail)> ReturnAsync(string cluster, ScaleDownOrder order, CancellationToken cancellationToken)
    {
        var driver = inventory.Find(cluster) ?? throw new InvalidOperationException($"cluster {cluster} has no address here");
        var survey = await driver.SurveyAsync(cancellationToken);
        var moving = survey.Nodes.Where(node => node.State is { } state && state != ColocationState.OfflineOnly).Select(node => node.Name).ToArray();
        if (moving.Length == 0) return (ScaleDownOutcome.Done, "every node is at batch work already");

        var lease = await driver.SeizeLeaseAsync($"emergency {order.Id}", cancellationToken);
        var labelled = await driver.LabelAsync(moving, ColocationState.OfflineOnly, lease, order.Id, null, cancellationToken);
        var moved = labelled.Changed.Length + labelled.Already.Length;
        return labelled.Failed.IsEmpty
            ? (ScaleDownOutcome.Done, string.Create(CultureInfo.InvariantCulture, $"{moved} nodes labelled {ColocationState.OfflineOnly.Id()}"))
            : (moved == 0 ? ScaleDownOutcome.Failed : ScaleDownOutcome.Partly, string.Create(
                CultureInfo.InvariantCulture, $"{moved} of {moving.Length} nodes labelled {ColocationState.OfflineOnly.Id()}; not {string.Join(", ", labelled.Failed.Select(node => $"{node.Node} ({node.Reason})"))}"));
    }

    /// <param name="Weights">As far as they are known.</param>
    private sealed record TrafficEnd(ImmutableDictionary<string, int> Weights, string Detail, string? Failure);
}
