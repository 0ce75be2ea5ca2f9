using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>
/// Changes the traffic's division, one change after the other: steps that run side by side each read the weights, change
/// their own part and write all of them back, and must not undo each other's. Other runs are kept out by the lock <c>traffic</c>.
/// </summary>
internal sealed class TrafficDivider(BalancerClient balancer, TrafficMetrics traffic) : IDisposable
{
    /// <summary>How long the division waits for what the traffic is, on the system clock. It is of the record only.</summary>
    private static readonly TimeSpan DemandWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Sets what <paramref name="change"/> makes of the present weights, and records it under <paramref name="key"/>. Without a difference only the record is made.</summary>
    public async Task<TrafficShifted> ChangeAsync(
        Func<ImmutableDictionary<string, int>, ImmutableDictionary<string, int>> change, TaskContext context, string key, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var before = Weights.Normal(await balancer.WeightsAsync(cancellationToken));
            var after = change(before);
            if (!Weights.Equal(before, after))
            {
                await balancer.SetWeightsAsync(after, $"{context.IdempotencyKey}/{key}", cancellationToken);
            }

            return await context.RecordAsync(key, new TrafficShifted(after, await DemandAsync(cancellationToken)) { At = context.Clock.GetUtcNow() }, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
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
}
