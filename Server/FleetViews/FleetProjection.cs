using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.FleetViews;

/// <summary>The step that last planned a move of a cluster.</summary>
internal sealed record ShiftOrigin(RunId Run, StepPath Path, DateTimeOffset At, ColocationState From, ColocationState To, string ProfileDigest);

/// <summary>The step that made a holding.</summary>
internal readonly record struct Holder(RunId Run, StepPath Path);

/// <summary>One inspection as it was recorded.</summary>
/// <param name="Id">The fact's place in the journal, <c>position-number</c>.</param>
internal sealed record JournaledInspection(string Id, RunId Run, StepPath Path, UnitInspected Fact, string? Cluster);

/// <summary>Everything that the fleet's facts come to: view, invariants, ledger with who holds, last shifts, inspections. One fold, fact by fact.</summary>
internal sealed class FleetProjection(ProfileSet profiles, FleetDefinition fleet)
{
    /// <summary>Inspections that are remembered; the journal has the older ones.</summary>
    private const int MostInspections = 10_000;

    private readonly InvariantAudit _audit = new(profiles);
    private readonly Dictionary<string, ShiftOrigin> _shifts = new(StringComparer.Ordinal);
    private readonly List<Holder> _nodeHolders = [];
    private readonly List<Holder> _unitHolders = [];
    private readonly List<JournaledInspection> _inspections = [];
    private readonly PoolLedger _pools = new(fleet);
    private long _entry;
    private int _number;

    public FleetView View => _audit.View;

    public InvariantReport Invariants => _audit.Report;

    public Ledger Ledger { get; } = new();

    /// <summary>By cluster.</summary>
    public IReadOnlyDictionary<string, ShiftOrigin> Shifts => _shifts;

    /// <summary>Beside <see cref="Ledger.Nodes"/>.</summary>
    public IReadOnlyList<Holder> NodeHolders => _nodeHolders;

    /// <summary>Beside <see cref="Ledger.Units"/>.</summary>
    public IReadOnlyList<Holder> UnitHolders => _unitHolders;

    /// <summary>The same by node group, where facts tell it.</summary>
    public IReadOnlyList<PoolHolding> Pools => _pools.Holdings;

    /// <summary>In the order of the journal.</summary>
    public IReadOnlyList<JournaledInspection> Inspections => _inspections;

    public void Apply(JournaledFact recorded)
    {
        _audit.Apply(recorded);
        if (InvariantAudit.Read(recorded.Fact) is not { } fact)
        {
            return;
        }

        (_entry, _number) = (recorded.Position, recorded.Position == _entry ? _number + 1 : 1);
        Ledger.Apply(fact);
        var holder = new Holder(recorded.Run, recorded.Path);
        _nodeHolders.AddRange(Enumerable.Repeat(holder, Ledger.Nodes.Count - _nodeHolders.Count));
        _unitHolders.AddRange(Enumerable.Repeat(holder, Ledger.Units.Count - _unitHolders.Count));
        _pools.Apply(fact, Ledger.View.At!.Value, holder);
        switch (fact)
        {
            case ShiftPlanned planned:
                _shifts[planned.Cluster] = new ShiftOrigin(recorded.Run, recorded.Path, planned.At, planned.From, planned.To, planned.ProfileDigest);
                break;
            case UnitInspected inspected:
                if (_inspections.Count == MostInspections)
                {
                    _inspections.RemoveRange(0, MostInspections / 10);
                }

                _inspections.Add(new JournaledInspection(
                    $"{recorded.Position}-{_number}", recorded.Run, recorded.Path, inspected, View.Units.GetValueOrDefault(inspected.Unit)?.Cluster));
                break;
        }
    }
}
