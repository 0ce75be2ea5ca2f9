using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.FleetViews;

/// <summary>The traffic as metrics said last.</summary>
/// <param name="Reading">Null: they have said nothing yet.</param>
/// <param name="At">When its newest sample was taken, on the environment clock; without a reading, when it was asked for.</param>
/// <param name="Error">Why the last try gave nothing; the reading is then an older one.</param>
internal sealed record ObservedTraffic(TrafficReading? Reading, DateTimeOffset At, string? Error, long Timestamp);

/// <summary>What the gateways measure, read beside the wall when somebody looks, and no more often than its age allows. One reading at a time.</summary>
internal sealed class TrafficReadings(IServiceProvider services, Clocks clocks, Engine engine)
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private ObservedTraffic? _last;
    private Task? _reading;

    /// <summary>How old a reading may be before a look begins the next, on the system clock.</summary>
    public static TimeSpan MostAge { get; } = TimeSpan.FromSeconds(5);

    /// <summary>From this age on a reading says nothing of now, on the system clock.</summary>
    public static TimeSpan StaleAge { get; } = TimeSpan.FromMinutes(1);

    /// <summary>What is known now, without waiting. Null: nothing yet.</summary>
    public ObservedTraffic? Peek()
    {
        lock (_gate)
        {
            if (!engine.ReadOnly && _reading is not { IsCompleted: false } && (_last is not { } last || clocks.SystemClock.GetElapsedTime(last.Timestamp) > MostAge))
            {
                _reading = Task.Run(ReadAsync);
            }

            return _last;
        }
    }

    private async Task ReadAsync()
    {
        ObservedTraffic next;
        try
        {
            using var waitLimit = new CancellationTokenSource(WaitLimit, clocks.SystemClock);
            var reading = await services.GetRequiredService<TrafficMetrics>().ReadAsync(waitLimit.Token);
            next = new ObservedTraffic(reading, reading.At, null, clocks.SystemClock.GetTimestamp());
        }
        catch (Exception exception)
        {
            // Whatever it is, the page says it; the next look tries again.
            next = (_last ?? new ObservedTraffic(null, clocks.EnvironmentClock.GetUtcNow(), null, 0)) with
            {
                Error = exception is OperationCanceledException ? $"metrics gave no answer within {WaitLimit.TotalSeconds:0} s" : exception.Message,
                Timestamp = clocks.SystemClock.GetTimestamp(),
            };
        }

        lock (_gate)
        {
            _last = next;
        }
    }
}
