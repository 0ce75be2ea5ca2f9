using System.Text.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.FleetViews;

/// <summary>What the check of the fleet's invariants at every fact came to.</summary>
/// <param name="Checked">Facts after each of which every invariant was checked.</param>
/// <param name="Positions">Journal positions that these facts stand at.</param>
internal sealed record InvariantReport(int Checked, int Positions, IReadOnlyList<BrokenInvariant> Violations);

/// <param name="Position">The journal position from which on it did not hold.</param>
internal sealed record BrokenInvariant(long Position, DateTimeOffset At, string Run, string Path, string Invariant, string Subject, string Message);

/// <summary>Folds the fleet's facts one by one and checks every invariant after each.</summary>
internal sealed class InvariantAudit(ProfileSet profiles)
{
    private readonly List<BrokenInvariant> _violations = [];
    private HashSet<(string, string)> _broken = [];
    private int _checked;
    private int _positions;
    private long _last;

    public FleetView View { get; private set; } = FleetView.Empty;

    public InvariantReport Report => new(_checked, _positions, [.. _violations]);

    /// <summary>Applies the next fact of the journal; one that is not the fleet's changes nothing.</summary>
    public void Apply(JournaledFact recorded)
    {
        if (Read(recorded.Fact) is not { } fact)
        {
            return;
        }

        View = View.Apply(fact);
        _checked++;
        _positions += recorded.Position > _last ? 1 : 0;
        _last = recorded.Position;
        var broken = Invariants.Check(View, profiles);
        // One that stays broken is told once, where it broke.
        _violations.AddRange(broken.Where(violation => !_broken.Contains((violation.Name, violation.Subject))).Select(violation => new BrokenInvariant(
            recorded.Position, recorded.At, recorded.Run.ToString(), recorded.Path.Value, violation.Name, violation.Subject, violation.Message)));
        _broken = [.. broken.Select(violation => (violation.Name, violation.Subject))];
    }

    /// <summary>The fleet's fact; null when an activity recorded something else.</summary>
    public static FleetFact? Read(JsonElement fact) =>
        fact.ValueKind == JsonValueKind.Object && fact.TryGetProperty("fact", out _) ? WorkflowJson.FromElement<FleetFact>(fact) : null;
}
