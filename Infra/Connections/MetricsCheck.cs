using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Connections;

/// <summary>Reads what the traffic is once, as guards and steps do.</summary>
internal sealed class MetricsCheck(IMetrics metrics, TrafficMetrics traffic, MetricsOptions options, SimulationMark mark)
{
    private const string Connection = "metrics";

    public async Task<IReadOnlyList<ConnectionFinding>> CheckAsync(CancellationToken cancellationToken)
    {
        if (options is { Prometheus: null, Scrape.Count: 0 })
        {
            return
            [
                new(Connection, "traffic", ConnectionStatus.NotConfigured, "guards over latency, errors and demand know nothing")
                {
                    Fix = "Set Infra:Metrics:Prometheus to a Prometheus-compatible server, or Infra:Metrics:Scrape to exposition endpoints",
                },
            ];
        }

        var simulated = (options.Prometheus ?? (Uri.TryCreate(options.Scrape[0], UriKind.Absolute, out var first) ? first : null)) is { } address ? await mark.AskAsync(address, cancellationToken) : null;
        ConnectionFinding finding;
        try
        {
            var reading = await traffic.ReadAsync(cancellationToken);
            var detail = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{reading.Demand:#,0} requests/s to {string.Join(", ", reading.ByDestination.Keys.Order(StringComparer.Ordinal))}, measured at {reading.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
            finding = reading.Unknown.IsEmpty
                ? new ConnectionFinding(Connection, "traffic", ConnectionStatus.Works, detail)
                : new ConnectionFinding(Connection, "traffic", ConnectionStatus.Limited, $"{detail}; unknown: {string.Join("; ", reading.Unknown)}") { Fix = "Give queries that answer it in Infra:Metrics:Queries (docs/metrics.md); what is unknown keeps guards closed" };
        }
        catch (MetricsException exception)
        {
            finding = new ConnectionFinding(Connection, "traffic", exception.IsUnknown ? ConnectionStatus.Limited : ConnectionStatus.Fails, exception.Reason) { Fix = exception.Fix };
        }

        return [finding with { Where = metrics.Source, Simulated = simulated }];
    }
}
