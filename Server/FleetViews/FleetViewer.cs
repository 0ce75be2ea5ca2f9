using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Views;
using Orchestrator.Server.Night;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.FleetViews;

/// <summary>The fleet as all facts of the journal show it, brought up to date when somebody looks.</summary>
internal sealed class FleetViewer(Engine engine, ProfileSet profiles, PromotionNight night) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly InvariantAudit _audit = new(profiles);
    private long _position;

    /// <summary>The view, the invariants' record, and the position that both stand at.</summary>
    public async Task<(FleetView View, InvariantReport Invariants, long Position)> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await foreach (var fact in engine.FactsAsync(_position, cancellationToken: cancellationToken))
            {
                _audit.Apply(fact);
                _position = fact.Position;
            }

            return (_audit.View, _audit.Report, _position);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Who held what from when to when, with the figures that follow; of one run's tree, or of all runs.</summary>
    public async Task<LedgerAnswer> LedgerAsync(RunId? run, CancellationToken cancellationToken)
    {
        var ledger = new Ledger();
        var last = DateTimeOffset.MinValue;
        await foreach (var recorded in engine.FactsAsync(tree: run, cancellationToken: cancellationToken))
        {
            if (InvariantAudit.Read(recorded.Fact) is { } fact)
            {
                ledger.Apply(fact);
                last = fact.At;
            }
        }

        // A journal that is only read stands still: what is held then is known until its last fact.
        var until = engine.ReadOnly ? last : night.Time.GetUtcNow();
        return LedgerAnswer.Of(ledger, new ReportWriter(profiles, night.Fleet.Fleet).Write(ledger, until));
    }

    public void Dispose() => _turn.Dispose();
}
