using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Metrics;

/// <summary>What metrics did not say, as the error of a step.</summary>
internal static class MetricsFailures
{
    /// <summary>The error's code: <c>bad-query</c>, <c>metrics-unknown</c> or <c>metrics-unavailable</c>.</summary>
    public static ActivityFailedException Translate(MetricsException exception) => exception.Failure switch
    {
        MetricsFailure.BadQuery or MetricsFailure.WrongType => new ActivityFailedException("bad-query", $"{exception.Message}.", retryable: false, inner: exception),
        MetricsFailure.Absent or MetricsFailure.Stale => new ActivityFailedException("metrics-unknown", $"{exception.Message}.", inner: exception),
        _ => new ActivityFailedException("metrics-unavailable", $"{exception.Message}.", inner: exception),
    };

    /// <summary>Reads, and fails the step when there is nothing to read.</summary>
    public static async Task<T> TranslateAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read(cancellationToken);
        }
        catch (MetricsException exception)
        {
            throw Translate(exception);
        }
    }
}
