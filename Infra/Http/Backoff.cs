using System.Net;
using System.Net.Http.Headers;

namespace Orchestrator.Infra.Http;

/// <summary>How long to wait before a request is tried again.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What the server asks for in Retry-After, stretched by up to a quarter so that throttled callers don't come back together;
    /// otherwise full jitter over 200 ms · 2^(attempt − 1), at most 10 s.
    /// </summary>
    /// <param name="attempt">The one that failed, from 1.</param>
    public static TimeSpan After(int attempt, RetryConditionHeaderValue? retryAfter, DateTimeOffset serverTime)
    {
        var asked = retryAfter?.Delta ?? (retryAfter?.Date - serverTime);
        if (asked > TimeSpan.Zero)
        {
            return asked.Value * (1 + (Random.Shared.NextDouble() / 4));
        }

        var ceiling = First * Math.Pow(2, Math.Min(attempt - 1, 10));
        return (ceiling < Longest ? ceiling : Longest) * (0.1 + (0.9 * Random.Shared.NextDouble()));
    }

    /// <summary>True for answers that another try may better: throttling, timeouts and server errors.</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        || ((int)status >= 500 && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported));
}
