using System.Diagnostics.Metrics;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>The engine's instruments; add the meter <see cref="MeterName"/> to OpenTelemetry to export them.</summary>
public static class EngineMetrics
{
    public const string MeterName = "Orchestrator.Workflows";

    private static readonly Meter meter = new(MeterName);

    private static readonly InstrumentAdvice<double> seconds = new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };

    private static readonly InstrumentAdvice<long> writes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] };

    internal static Counter<long> RunsStarted { get; } = meter.CreateCounter<long>("orchestrator.runs.started", "{run}", "Runs whose start is durable.");

    internal static Counter<long> RunsEnded { get; } = meter.CreateCounter<long>("orchestrator.runs.ended", "{run}", "Runs whose end is durable, tagged with the outcome.");

    internal static Counter<long> Tasks { get; } = meter.CreateCounter<long>("orchestrator.tasks", "{task}", "Attempts that ended, tagged with the activity and whether they failed.");

    internal static Histogram<double> TaskSeconds { get; } = meter.CreateHistogram<double>("orchestrator.task.duration", "s", "From the attempt's begin to its end, on the system clock.", tags: null, seconds);

    internal static Histogram<double> AppendSeconds { get; } = meter.CreateHistogram<double>("orchestrator.append.duration", "s", "From a decision to its commit.", tags: null, seconds);

    internal static Histogram<long> Commits { get; } = meter.CreateHistogram<long>("orchestrator.commit.writes", "{write}", "Writes that share one commit.", tags: null, writes);

    internal static Counter<long> Conflicts { get; } = meter.CreateCounter<long>("orchestrator.append.conflicts", "{append}", "Appends that another server was before; decided anew.");

    internal static Counter<long> TurnFaults { get; } = meter.CreateCounter<long>("orchestrator.turn.faults", "{turn}", "Decisions that an exception ended; nothing of them was written.");

    internal static Counter<long> RunsHeld { get; } = meter.CreateCounter<long>("orchestrator.runs.held", "{run}", "Incidents that hold a whole run, tagged with engine-fault or quarantined.");

    internal static Counter<long> LeasesLost { get; } = meter.CreateCounter<long>("orchestrator.leases.lost", "{task}", "Tasks that outlived the lease of their worker.");
}
