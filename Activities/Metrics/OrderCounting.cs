using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Metrics;

namespace Orchestrator.Activities.Metrics;

/// <summary>The order counters as a fact. That metrics are away keeps no step from its work: then the fact says why nothing is known.</summary>
internal sealed class OrderCounting(OrderMetrics orders)
{
    /// <summary>How long it waits, on the system clock.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="clock">The environment clock; the reading is of when it was asked for.</param>
    public async Task<OrdersCounted> ReadAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        var at = clock.GetUtcNow();
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var read = await orders.ReadAsync(either.Token);
            return new OrdersCounted([.. read.Select(one => new OrderCount(one.Series, one.Destination, one.Outcome, one.Value))]) { At = at };
        }
        catch (MetricsException exception)
        {
            return new OrdersCounted([]) { At = at, Unknown = exception.Message };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new OrdersCounted([]) { At = at, Unknown = $"no answer within {Limit.TotalSeconds:0} s" };
        }
    }
}
