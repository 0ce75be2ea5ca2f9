using System.Diagnostics.Metrics;

namespace Orchestrator.Server.Api;

/// <summary>What becomes of requests that compute.</summary>
internal static class ComputeMetrics
{
    public const string MeterName = "Orchestrator.Api";

    private static readonly Meter meter = new(MeterName);

    public static UpDownCounter<long> Inside { get; } = meter.CreateUpDownCounter<long>("orchestrator.compute.requests", description: "Requests that check, plan, compare or start, at this moment.");

    public static Counter<long> Refused { get; } = meter.CreateCounter<long>("orchestrator.compute.refused", description: "Of these, refused with 429.");

    public static Counter<long> Abandoned { get; } = meter.CreateCounter<long>("orchestrator.compute.abandoned", description: "Of these, ended before their answer since the caller had left.");
}
