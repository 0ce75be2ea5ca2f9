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

    /// <summary>At most <paramref name="limit"/> audit events before a position, newest first.</summary>
    public static Task<List<AuditEvent>> LatestAuditEventsAsync(this Engine engine, AuditQuery query, long beforePosition, int limit, CancellationToken cancellationToken = default) =>
        engine.Journal.LatestAuditEventsAsync(query, beforePosition, limit, cancellationToken);

    /// <summary>At most <paramref name="limit"/> events of runs that people caused, newest first.</summary>
    /// <param name="before">An entry's position and an event's number in it.</param>
    public static Task<List<RunAuditEvent>> RunAuditAsync(this Engine engine, AuditQuery query, (long Position, int Number) before, int limit, CancellationToken cancellationToken = default) =>
        engine.Journal.RunAuditAsync(query, before, limit, cancellationToken);

    /// <summary>The text of a version that was published or that a run pinned, with its runbook's name; null when there is none of that digest.</summary>
    public static async Task<(string Name, string Source)?> FindSourceAsync(this Engine engine, string digest, CancellationToken cancellationToken = default) =>
        await engine.Journal.FindRunbookAsync(digest, cancellationToken) is { } stored ? (stored.Name, stored.Source) : null;
}
