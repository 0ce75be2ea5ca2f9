using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>Pauses between attempts: exponential, capped, and with a jitter that the same run, step and attempt always get.</summary>
internal static class Backoff
{
    /// <param name="attempt">The attempt that failed, counted over the whole run: it makes the jitter.</param>
    /// <param name="failures">Attempts since the step began or an operator retried it, at least 1: they make the delay.</param>
    public static TimeSpan Delay(RetryPolicy policy, RunId run, StepPath path, int attempt, int failures)
    {
        var seconds = Math.Min(policy.Delay.TotalSeconds * Math.Pow(policy.Backoff, failures - 1), policy.MaxDelay.TotalSeconds);
        var share = StableHash.Of($"{run}/{path}#{attempt}") / (double)ulong.MaxValue;
        return TimeSpan.FromSeconds(Math.Max(0, seconds * (1 + policy.Jitter * (2 * share - 1))));
    }
}
