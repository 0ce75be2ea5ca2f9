using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Metrics;

/// <summary>Asks the metrics once.</summary>
internal sealed class QueryMetrics(IMetrics metrics, QuerySet queries) : IActivity<QueryMetricsArguments, QueryMetricsResult>
{
    /// <summary>So many series are kept in the journal.</summary>
    private const int MostSeries = 1_000;

    public async Task<QueryMetricsResult> ExecuteAsync(QueryMetricsArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var query = NamedQuery.Of(arguments.Query, arguments.Name, queries);
        try
        {
            var answer = await metrics.QueryAsync(query, arguments.At, cancellationToken);
            if (answer.Samples.IsEmpty)
            {
                var reason = answer.Warnings.IsEmpty ? "there is no such series" : string.Join("; ", answer.Warnings);
                throw new MetricsException(MetricsFailure.Absent, $"the query '{query}' at {metrics.Source}", reason, "check its names and labels, or say unknown: allow where that is fine");
            }

            return answer.Samples.Length <= MostSeries
                ? Known(answer)
                : throw new ActivityFailedException("bad-query", $"the query '{query}' comes to {answer.Samples.Length} series, more than {MostSeries}; aggregate them, as in sum by (label) (…).", retryable: false);
        }
        catch (MetricsException exception) when (arguments.Unknown == WhenUnknown.Allow && exception.Failure is not (MetricsFailure.BadQuery or MetricsFailure.WrongType))
        {
            return new QueryMetricsResult { Known = false, Reason = exception.Message, Values = [], At = context.Clock.GetUtcNow(), Source = metrics.Source, Warnings = [] };
        }
        catch (MetricsException exception)
        {
            throw MetricsFailures.Translate(exception);
        }
    }

    private QueryMetricsResult Known(MetricAnswer answer) => new()
    {
        Known = true,
        Value = answer.Samples is [var one] ? one.Value : null,
        Values = [.. answer.Samples.Select(sample => new MeasuredSeries { Labels = sample.Labels, Value = sample.Value, At = sample.At })],
        At = answer.At,
        Source = metrics.Source,
        Warnings = answer.Warnings,
    };
}
