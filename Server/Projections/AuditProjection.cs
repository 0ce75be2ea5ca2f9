using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Projections;

/// <summary>What people's audit events of some kinds come to, brought up to date when somebody looks.</summary>
internal abstract class AuditProjection(Engine engine) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _position;

    protected Engine Engine { get; } = engine;

    /// <summary>Applies what was done since the last time.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await foreach (var auditEvent in Engine.AuditEventsAsync(_position, cancellationToken))
            {
                await ApplyAsync(auditEvent, cancellationToken);
                _position = auditEvent.Position;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>One at a time, in order; an audit event of another kind changes nothing. What it sets is read by others meanwhile.</summary>
    protected abstract ValueTask ApplyAsync(AuditEvent auditEvent, CancellationToken cancellationToken);
}
