using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution;

/// <summary>What an engine's journal keeps besides runs: people's audit events, and the texts of runbooks.</summary>
public static class JournalAuditEvents
{
    private const int PageLength = 500;

    /// <summary>
    /// Keeps an audit event, with the version of a runbook that it publishes when it does, both or neither. Null: the subject
    /// has another version than the one before the audit event's, and nothing was kept. Cancelled, it may still be kept.
    /// </summary>
    public static async Task<AuditEvent?> AddAuditEventAsync(this Engine engine, AuditEvent auditEvent, Runbook? publishes = null, CancellationToken cancellationToken = default)
    {
        if (engine.ReadOnly) throw new InvalidOperationException("The engine only reads: it was opened with ReadOnly.");

        var stored = publishes is null ? null : new StoredRunbook(publishes.Name, publishes.Digest, publishes.Source);
        var position = await engine.Journal.AddAuditEventAsync(auditEvent, stored).WaitAsync(cancellationToken);
        return position == 0 ? null : auditEvent with { Position = position };
    }

    /// <summary>Every audit event after a position, in order, to the present end.</summary>
    public static async IAsyncEnumerable<AuditEvent> AuditEventsAsync(this Engine engine, long afterPosition = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<AuditEvent> page;
        do
        {
            page = await engine.Journal.AuditEventsAsync(afterPosition, PageLength, cancellationToken);
            foreach (var auditEvent in page)
            {
                yield return auditEvent;
                afterPosition = auditEvent.Position;
            }
        }
        while (page.Count == PageLength);
    }

    /// <summary>The text of a version that was published or that a run pinned, with its runbook's name; null when there is none of that digest.</summary>
    public static async Task<(string Name, string Source)?> FindSourceAsync(this Engine engine, string digest, CancellationToken cancellationToken = default) =>
        await engine.Journal.FindRunbookAsync(digest, cancellationToken) is { } stored ? (stored.Name, stored.Source) : null;
}
