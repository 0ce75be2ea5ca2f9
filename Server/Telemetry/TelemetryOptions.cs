using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Server.Telemetry;

/// <summary>How telemetry travels to a collector; both on OpenTelemetry's usual ports, 4317 and 4318.</summary>
internal enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
}

/// <summary>Section <c>Telemetry</c>. The environment's <c>OTEL_…</c> variables hold too, where nothing is set here.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>
    /// Address of an OpenTelemetry collector, as in <c>http://collector:4317</c>, that gets spans, metrics and the log. Null: that of
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without either nothing is sent and no span is made. <c>/metrics</c> answers in any case.
    /// </summary>
    public Uri? Otlp { get; set; }

    /// <summary>Of <see cref="Otlp"/>. Default Grpc.</summary>
    public OtlpProtocol Protocol { get; set; } = OtlpProtocol.Grpc;

    /// <summary>The share of traces that are recorded, from 0 to 1. Default 1. A sampler of the environment (<c>OTEL_TRACES_SAMPLER</c>) replaces this and <see cref="RunsPerSecond"/>.</summary>
    [Range(0.0, 1.0)]
    public double Share { get; set; } = 1;

    /// <summary>The most runs that begin a trace in a second, on each server; so a burst costs no more than that. Default 10.</summary>
    [Range(0, 100_000)]
    public int RunsPerSecond { get; set; } = 10;
}
