using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Metrics;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Report;

/// <summary>Reads the order counters once more, and folds the facts of a promotion into its report, checking the invariants after each of them. Changes nothing.</summary>
internal sealed class ReportFleet(ProfileSet profiles, FleetDefinition fleet, OrderCounting orders, FleetFacts fleetFacts) : IActivity<ReportFleetArguments, ReportFleetResult>
{
    public async Task<ReportFleetResult> ExecuteAsync(ReportFleetArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        if (arguments.From >= arguments.To)
        {
            throw new ActivityFailedException("bad-argument", $"from ({arguments.From:u}) must be before to ({arguments.To:u})", retryable: false);
        }

        // The last reading of the counters, which the report is a fold of like all others: the same journal gives the same report. Where it ends before now, there is nothing to read.
        var now = arguments.To is { } end && end < context.Clock.GetUtcNow()
            ? end
            : (await context.RecordAsync("orders", await orders.ReadAsync(context.Clock, cancellationToken), cancellationToken)).At;
        var ledger = new Ledger();
        var checkedFacts = 0;
        var broken = ImmutableArray.CreateBuilder<BrokenInvariant>();
        var open = ImmutableHashSet<InvariantViolation>.Empty;
        var facts = arguments.AllRuns ? fleetFacts.FactsAsync(cancellationToken) : context.FactsAsync(cancellationToken);
        await foreach (var recorded in facts)
        {
            ledger.Apply(FactRecording.Read(recorded.Fact));
            checkedFacts++;
            var found = Invariants.Check(ledger.View, profiles).ToImmutableHashSet();
            broken.AddRange(found.Except(open).Select(violation => new BrokenInvariant
            {
                Position = recorded.Position,
                At = recorded.At,
                Invariant = violation.Name,
                Subject = violation.Subject,
                Message = violation.Message,
            }));
            open = found;
        }

        return new ReportFleetResult
        {
            Report = new ReportWriter(profiles, fleet).Write(ledger, now, arguments.From),
            Invariants = new InvariantsReport { Checked = checkedFacts, Broken = broken.ToImmutable() },
        };
    }
}
