using System.Globalization;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Metrics;

/// <summary>
/// Measures a query over a time, as the analysis of a progressive rollout does: each measurement passes, fails or is unknown, and too many of the last two stop the step. An attempt
/// that was cut short is made again from the beginning: what nobody watched did not pass.
/// </summary>
internal sealed class WatchMetrics(IMetrics metrics, QuerySet queries) : IActivity<WatchMetricsArguments, WatchMetricsResult>
{
    public async Task<WatchMetricsResult> ExecuteAsync(WatchMetricsArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var query = NamedQuery.Of(arguments.Query, arguments.Name, queries);
        if (Diagnostic(arguments) is { } wrong)
        {
            throw new ActivityFailedException("bad-argument", wrong, retryable: false);
        }

        var tally = new WatchTally(arguments, query);
        var begin = context.Clock.GetUtcNow();
        while (true)
        {
            var measurement = await MeasureAsync(query, cancellationToken);
            var now = context.Clock.GetUtcNow();
            tally.Add(measurement, now);
            context.Progress(Math.Min(1, (now - begin) / arguments.Duration), tally.ToString());
            if (now - begin >= arguments.Duration)
            {
                return tally.End();
            }

            await Task.Delay(arguments.Interval, context.Clock, cancellationToken);
        }
    }

    /// <summary>What is wrong with the arguments together; null: nothing.</summary>
    private static string? Diagnostic(WatchMetricsArguments arguments) =>
        arguments is { Least: null, Most: null } ? "give a bound: least, most or both"
        : arguments.Least > arguments.Most ? string.Create(CultureInfo.InvariantCulture, $"nothing is at least {arguments.Least} and at most {arguments.Most}; turn the bounds round")
        : arguments.Interval < TimeSpan.FromSeconds(1) ? "the interval is below 1 s; give a longer one"
        : arguments.Duration < arguments.Interval ? "the duration is shorter than the interval, so that nothing would be watched; give a longer one"
        : null;

    /// <summary>Null samples: unknown, with the reason.</summary>
    private async Task<Measurement> MeasureAsync(string query, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await metrics.QueryAsync(query, null, cancellationToken);
            return answer.Samples.IsEmpty
                ? new Measurement([], answer.Warnings.IsEmpty ? $"{metrics.Source} has no such series" : string.Join("; ", answer.Warnings))
                : new Measurement(answer.Samples, null);
        }
        catch (MetricsException exception) when (exception.Failure is not (MetricsFailure.BadQuery or MetricsFailure.WrongType))
        {
            return new Measurement([], exception.Message);
        }
        catch (MetricsException exception)
        {
            throw MetricsFailures.Translate(exception);
        }
    }
}
