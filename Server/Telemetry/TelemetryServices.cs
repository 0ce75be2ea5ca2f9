using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Server.Api;
using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Server.Telemetry;

/// <summary>Registers what is measured and traced, and where it goes: metrics to whoever asks for <c>/metrics</c>, everything to a collector where one is named.</summary>
internal static class TelemetryServices
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string SamplerName = "OTEL_TRACES_SAMPLER";

    // Of .NET's client, which the drivers use; it also passes the trace on (traceparent).
    private const string HttpSource = "System.Net.Http";

    /// <param name="server">This server's name.</param>
    public static void AddTelemetry(this WebApplicationBuilder builder, TelemetryOptions options, string server)
    {
        // Only these: other variables of the environment are no settings of ours.
        builder.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => variable.Key is string name && name.StartsWith("OTEL_", StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value)));
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("orchestrator", serviceVersion: typeof(TelemetryServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion, serviceInstanceId: server)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddMeter(EngineMetrics.MeterName, ComputeMetrics.MeterName, ProjectionSet.MeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting")
                .AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false));
        if (options.Otlp is null && string.IsNullOrWhiteSpace(builder.Configuration[Endpoint])) return;

        telemetry
            .WithTracing(tracing =>
            {
                tracing.AddSource(EngineTrace.SourceName, OpenApiClient.Source, HttpSource).AddAspNetCoreInstrumentation(http => http.Filter = Changes);
                if (string.IsNullOrWhiteSpace(builder.Configuration[SamplerName])) tracing.SetSampler(new TraceSampler(options.Share, options.RunsPerSecond, TimeProvider.System));
            })
            .WithLogging(configureBuilder: null, configureOptions: log => (log.IncludeScopes, log.IncludeFormattedMessage) = (true, true));
        if (options.Otlp is { } address) telemetry.UseOtlpExporter(options.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf, address);
        else telemetry.UseOtlpExporter();
    }

    /// <summary>A page that is open asks every second: what only reads is counted, and not traced.</summary>
    private static bool Changes(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);

    /// <summary>Answers <c>/metrics</c> in Prometheus' text format, or in that of OpenMetrics when it is asked for.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        var pipeline = ((IApplicationBuilder)app).New().UseOpenTelemetryPrometheusScrapingEndpoint("/metrics").Build();
        app.MapGet("/metrics", (HttpContext context, IHostApplicationLifetime _) => pipeline(context)).WithTags("monitoring").WithSummary("Measurements in Prometheus' text format.");
    }
}
