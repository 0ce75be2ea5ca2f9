using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Report;

/// <summary>Folds the facts of a promotion into its report, checking the invariants after each of them. Changes nothing.</summary>
internal sealed class ReportFleet(ProfileSet profiles, FleetDefinition fleet, FleetFacts fleetFacts) : IActivity<ReportFleetArguments, ReportFleetResult>
{
    public async Task<ReportFleetResult> ExecuteAsync(ReportFleetArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var ledger = new Ledger();
        var checkedFacts = 0;
        var broken = ImmutableArray.CreateBuilder<BrokenInvariant>();
        var open = ImmutableHashSet<InvariantViolation>.Empty;
        var facts = arguments.AllRuns ? fleetFacts.FactsAsync(cancellationToken) : context.FactsAsync(cancellationToken);
        await foreach (var recorded in facts)
        {
            ledger.Apply(FactRecording.Read(recorded.Fact));
            checkedFacts++;
            var now = Invariants.Check(ledger.View, profiles).ToImmutableHashSet();
            broken.AddRange(now.Except(open).Select(violation => new BrokenInvariant
            {
                Position = recorded.Position,
                At = recorded.At,
                Invariant = violation.Name,
                Subject = violation.Subject,
                Message = violation.Message,
            }));
            open = now;
        }

        return new ReportFleetResult
        {
            Report = new ReportWriter(profiles, fleet).Write(ledger, context.Clock.GetUtcNow()),
            Invariants = new InvariantsReport { Checked = checkedFacts, Broken = broken.ToImmutable() },
        };
    }
}
