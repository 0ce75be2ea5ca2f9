using System.Diagnostics.Metrics;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.Projections;

/// <summary>What this server reads from the journal for pages and for itself: where each projection is, and how far behind.</summary>
internal sealed class ProjectionSet : IDisposable
{
    public const string MeterName = "Orchestrator.Projections";

    private readonly Meter meter = new(MeterName);
    private readonly Engine engine;

    public ProjectionSet(Engine engine)
    {
        this.engine = engine;
        meter.CreateObservableGauge("orchestrator.projection.position", () => Measure(position => position), "{entry}", "The journal's position that a projection has reached.");
        meter.CreateObservableGauge("orchestrator.projection.lag", () => Measure(position => Math.Max(0, engine.Position - position)), "{entry}", "Entries of the journal that a projection has not read.");
    }

    /// <summary>Open work: approvals, incidents, signals.</summary>
    public ProjectionHealth Work { get; } = new("work");

    /// <summary>Facts of the fleet, read when somebody looks.</summary>
    public ProjectionHealth Fleet { get; } = new("fleet");

    /// <summary>Emergency runs, after whose start nothing begins by itself.</summary>
    public ProjectionHealth EmergencyHold { get; } = new("emergency-hold");

    public IEnumerable<ProjectionHealth> All => [Work, Fleet, EmergencyHold];

    /// <summary>A line for each.</summary>
    public IEnumerable<string> Say() => All.Select(projection => projection.Say(engine.Position));

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Measure(Func<long, long> value)
    {
        foreach (var projection in All)
            if (projection.Position is { } position) yield return new Measurement<long>(value(position), new KeyValuePair<string, object?>("projection", projection.Name));
    }
}
