using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Metrics;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>
/// Changes the traffic's division, one change after the other: steps that run side by side each read the weights, change
/// their own part and write all of them back, and must not undo each other's. Other runs are kept out by the lock <c>traffic</c>, and whoever else
/// changes the weights by the router, which replaces only what was read.
/// </summary>
internal sealed class TrafficDivider(ITrafficRouter router, TrafficMetrics traffic, OrderCounting orders, FleetFacts facts) : IDisposable
{
    /// <summary>How long the division waits for what the traffic is, on the system clock. It is of the record only.</summary>
    private static readonly TimeSpan DemandWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>The weights as the router has them, without zeros, and whether they are in force.</summary>
    public async Task<RoutedWeights> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = await router.ReadAsync(cancellationToken);
            return read with { ByDestination = Weights.Normal(read.ByDestination) };
        }
        catch (TrafficException exception)
        {
            throw Failure(exception, exception.Message);
        }
    }

    /// <summary>
    /// Sets what <paramref name="change"/> makes of the present weights, waits until it is in force, and records it under <paramref name="key"/>. Without a
    /// difference only the record is made. A division that the router does not take is put back to the last good one before this fails.
    /// </summary>
    public async Task<TrafficShifted> ChangeAsync(
        Func<ImmutableDictionary<string, int>, ImmutableDictionary<string, int>> change, TaskContext context, string key, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var read = await ReadAsync(cancellationToken);
            var (before, after) = (read.ByDestination, change(read.ByDestination));
            Task<OrdersCounted>? counting = null;
            if (!read.InForce || !Weights.Equal(before, after))
            {
                var lastGood = read.InForce ? before : Weights.Normal((await facts.ReadAsync(cancellationToken)).View.Weights);
                // A gateway forgets what it counted of a destination that loses its weight. Asked for now, and waited for after the change: metrics that are away hold no traffic up.
                counting = orders.ReadAsync(context.Clock, cancellationToken);
                await ShiftAsync(new TrafficChange(before, after, $"{context.IdempotencyKey}/{key}"), lastGood, cancellationToken);
            }

            var shifted = await context.RecordAsync(key, new TrafficShifted(after, await DemandAsync(cancellationToken)) { At = context.Clock.GetUtcNow() }, cancellationToken);
            if (counting is not null) await context.RecordAsync($"{key}/orders", await counting, cancellationToken);
            return shifted;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Records the weights in force under <paramref name="key"/> without changing any: those of the router, or the last good ones where others are asked for and not in force.</summary>
    public async Task<WeightsFound> RecordFoundAsync(TaskContext context, string key, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(cancellationToken);
        var weights = read.InForce ? read.ByDestination : Weights.Normal((await facts.ReadAsync(cancellationToken)).View.Weights);
        return await context.RecordAsync(key, new WeightsFound(weights) { At = context.Clock.GetUtcNow() }, cancellationToken);
    }

    /// <summary>Requests a second; null: unknown. That metrics are away must not keep anybody from shifting traffic.</summary>
    private async Task<double?> DemandAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(DemandWait, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return (await traffic.ReadAsync(either.Token)).Demand;
        }
        catch (Exception exception) when (exception is MetricsException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task ShiftAsync(TrafficChange change, ImmutableDictionary<string, int> lastGood, CancellationToken cancellationToken)
    {
        try
        {
            await router.ShiftAsync(change, cancellationToken);
        }
        catch (TrafficException exception) when (exception.Written && !Weights.Equal(lastGood, change.To))
        {
            var held = await HoldAsync(change, lastGood, cancellationToken);
            throw Failure(exception, $"{exception.Message} {held}");
        }
        catch (TrafficException exception)
        {
            throw Failure(exception, exception.Message);
        }
    }

    /// <summary>Puts the last good weights back, and says how that went as it was read back.</summary>
    private async Task<string> HoldAsync(TrafficChange refused, ImmutableDictionary<string, int> lastGood, CancellationToken cancellationToken)
    {
        try
        {
            var held = await router.ShiftAsync(new TrafficChange(refused.To, lastGood, $"{refused.IdempotencyKey}/held"), cancellationToken);
            return $"The traffic is held at the last good weights, {Weights.Show(Weights.Normal(held.ByDestination))}, read back from {held.Source}.";
        }
        catch (TrafficException exception)
        {
            return $"The last good weights, {Weights.Show(lastGood)}, could not be put back either ({exception.Message}): {Weights.Show(refused.To)} was asked for last and is not in force; what is, is not known.";
        }
    }

    /// <summary>Asks the router for something; what it did not do is the error of a step.</summary>
    public static async Task TranslateAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (TrafficException exception)
        {
            throw Failure(exception, exception.Message);
        }
    }

    private static ActivityFailedException Failure(TrafficException exception, string message) =>
        new(
            exception.Kind switch
            {
                TrafficErrorKind.ChangedMeanwhile => Weights.Differ,
                TrafficErrorKind.FieldConflict => "traffic-conflict",
                TrafficErrorKind.NotAccepted => "traffic-not-accepted",
                TrafficErrorKind.NotObserved => "traffic-not-observed",
                TrafficErrorKind.NoSuchBackend => "no-such-backend",
                TrafficErrorKind.NoSuchRoute => "no-such-route",
                TrafficErrorKind.Denied => "traffic-denied",
                TrafficErrorKind.Unusable => "bad-route",
                TrafficErrorKind.Busy or TrafficErrorKind.Throttled or TrafficErrorKind.Unreachable => "traffic-unreachable",
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            message,
            // Whoever changed the weights may be done: another try looks again.
            exception.Retryable || exception.Kind == TrafficErrorKind.ChangedMeanwhile,
            exception);
}
