using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Orchestrator.Simulator.Balancing;

/// <summary>
/// <c>/stats/prometheus</c>: what the simulated gateway has counted, under the names that Envoy and Higress give. Every sample says its time, which is the environment clock's. An Envoy
/// answers in the text format only; this one also in OpenMetrics to whoever prefers it, with its counters as of unknown type, since OpenMetrics wants other names of counters.
/// </summary>
internal sealed class GatewayRoutes(TrafficFlow flow)
{
    private const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/stats/prometheus", AnswerAsync);

    /// <summary>The name of a destination's cluster, as Higress makes it of a service.</summary>
    public static string ClusterOf(string destination) => $"outbound|80||{destination}.trading.svc.cluster.local";

    private Task AnswerAsync(HttpContext context)
    {
        var openMetrics = Prefers(context.Request.Headers.Accept.ToString());
        context.Response.ContentType = openMetrics ? OpenMetricsType : TextType;
        return context.Response.WriteAsync(Write(openMetrics), context.RequestAborted);
    }

    private string Write(bool openMetrics)
    {
        var (at, letIn, turnedAway, byDestination) = flow.Read();
        var milliseconds = at.ToUnixTimeMilliseconds();
        var time = openMetrics
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000}.{milliseconds % 1000:000}")
            : milliseconds.ToString(CultureInfo.InvariantCulture);
        var page = new StringBuilder();
        var counter = openMetrics ? "unknown" : "counter";
        Family("envoy_cluster_upstream_rq_completed", counter, "Simulated: requests completed, by cluster.");
        foreach (var (destination, count) in byDestination)
        {
            Line("envoy_cluster_upstream_rq_completed", destination, "", count.Completed);
        }

        Family("envoy_cluster_upstream_rq_xx", counter, "Simulated: requests by the class of their response code, by cluster.");
        foreach (var (destination, count) in byDestination)
        {
            Line("envoy_cluster_upstream_rq_xx", destination, ",envoy_response_code_class=\"2\"", count.Succeeded);
            // An Envoy makes the series of a class with its first response.
            if (count.Failed > 0)
            {
                Line("envoy_cluster_upstream_rq_xx", destination, ",envoy_response_code_class=\"5\"", count.Failed);
            }
        }

        Family("envoy_cluster_upstream_rq_time", "histogram", "Simulated: time to the response in milliseconds, by cluster.");
        foreach (var (destination, count) in byDestination)
        {
            for (var index = 0; index < count.Buckets.Length; index++)
            {
                Line("envoy_cluster_upstream_rq_time_bucket", destination, $",le=\"{Bound(FlowSums.Bounds[index], openMetrics)}\"", count.Buckets[index]);
            }

            Line("envoy_cluster_upstream_rq_time_bucket", destination, ",le=\"+Inf\"", count.Completed);
            Line("envoy_cluster_upstream_rq_time_sum", destination, "", Math.Round(count.Milliseconds, 3));
            Line("envoy_cluster_upstream_rq_time_count", destination, "", count.Completed);
        }

        // What the filter for local rate limits counts under Envoy's usual prefix.
        Family("envoy_http_local_rate_limiter_http_local_rate_limit_ok", counter, "Simulated: requests that the entry let in.");
        Plain("envoy_http_local_rate_limiter_http_local_rate_limit_ok", letIn);
        Family("envoy_http_local_rate_limiter_http_local_rate_limit_rate_limited", counter, "Simulated: requests that the entry turned away with 429.");
        Plain("envoy_http_local_rate_limiter_http_local_rate_limit_rate_limited", turnedAway);
        // In OpenMetrics a counter's family is named without _total.
        Family(openMetrics ? "trading_orders" : "trading_orders_total", "counter", "Simulated: orders as the application counts them, by destination and outcome.");
        foreach (var (destination, count) in byDestination)
        {
            Order(destination, "accepted", count.OrdersAccepted);
            Order(destination, "rejected", count.OrdersRejected);
        }

        return page.Append(openMetrics ? "# EOF\n" : "").ToString();

        void Family(string name, string type, string help) => page.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Plain(string name, double value) => page.Append(CultureInfo.InvariantCulture, $"{name} {value:R} {time}\n");

        void Order(string destination, string outcome, double value) =>
            page.Append(CultureInfo.InvariantCulture, $"trading_orders_total{{destination=\"{destination}\",outcome=\"{outcome}\"}} {value:R} {time}\n");

        void Line(string name, string destination, string labels, double value) =>
            page.Append(CultureInfo.InvariantCulture, $"{name}{{envoy_cluster_name=\"{ClusterOf(destination)}\"{labels}}} {value:R} {time}\n");
    }

    /// <summary>OpenMetrics writes bounds as it writes floats: with a point.</summary>
    private static string Bound(double bound, bool openMetrics) => bound.ToString(openMetrics ? "0.0###" : "R", CultureInfo.InvariantCulture);

    /// <summary>Whether OpenMetrics is asked for above plain text, by the media types' weights.</summary>
    private static bool Prefers(string accept)
    {
        double Weight(string type) => accept.Split(',').Select(one => one.Split(';', StringSplitOptions.TrimEntries)).Where(one => one[0].Trim() == type)
            .Select(one => one.FirstOrDefault(parameter => parameter.StartsWith("q=", StringComparison.Ordinal)) is { } q && double.TryParse(q.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight) ? weight : 1)
            .DefaultIfEmpty(0).Max();
        return Weight("application/openmetrics-text") is > 0 and var wanted && wanted >= Weight("text/plain");
    }
}
