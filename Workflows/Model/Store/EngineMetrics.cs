using System.Diagnostics.Metrics;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>The engine's instruments; add the meter <see cref="MeterName"/> to OpenTelemetry to export them.</summary>
public static class EngineMetrics
{
    public const string MeterName = "Orchestrator.Workflows";

    private static readonly Meter meter = new(MeterName);

    internal static Counter<long> RunsStarted { get; } = meter.CreateCounter<long>("orchestrator.runs.started", "{run}");

    internal static Counter<long> RunsEnded { get; } = meter.CreateCounter<long>("orchestrator.runs.ended", "{run}", "Tagged with the outcome.");

    internal static Counter<long> Tasks { get; } = meter.CreateCounter<long>("orchestrator.tasks", "{task}", "Attempts that ended, tagged with the activity and whether they failed.");

    internal static Histogram<double> TaskSeconds { get; } = meter.CreateHistogram<double>("orchestrator.task.duration", "s", "From the attempt's begin to its end, on the wall's clock.");

    internal static Histogram<double> AppendSeconds { get; } = meter.CreateHistogram<double>("orchestrator.append.duration", "s", "From a decision to its commit.");

    internal static Histogram<long> Commits { get; } = meter.CreateHistogram<long>("orchestrator.commit.writes", "{write}", "Writes that share one commit.");

    internal static Counter<long> Conflicts { get; } = meter.CreateCounter<long>("orchestrator.append.conflicts", "{append}");

    internal static Counter<long> TurnFaults { get; } = meter.CreateCounter<long>("orchestrator.turn.faults", "{turn}", "Decisions that an exception ended; nothing of them was written.");

    internal static Counter<long> RunsHeld { get; } = meter.CreateCounter<long>("orchestrator.runs.held", "{run}", "Incidents that hold a whole run, tagged with engine-fault or quarantined.");

    internal static Counter<long> LeasesLost { get; } = meter.CreateCounter<long>("orchestrator.leases.lost", "{task}");
}
