using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Audit;

/// <summary>Something that a person did: to a run, by an event of its journal, or outside of runs, by an audit event.</summary>
/// <param name="Id">Its place in the journal: <c>position-number</c>, or <c>audit-position</c>; of a policy on schedules its own id.</param>
/// <param name="Kind">run-started, run-paused, run-resumed, cancel-requested, undo-started, incident-closed, approval-decided, step-skipped, signal-received, run-reopened, locks-taken, freeze-added, freeze-removed, freeze-removal-requested, freeze-removal-rejected, override-requested, override-decided, or an audit event's kind.</param>
/// <param name="Path">The step; null: the whole run.</param>
/// <param name="Subject">Of an audit event: what it concerns, as in runbook/double-11.</param>
/// <param name="Detail">What else is kept with it: reasons, comments, roles.</param>
internal sealed record AuditEntry(string Id, DateTimeOffset At, string By, string Kind, string? Run, string? Path, string? Subject, JsonElement? Detail)
{
    private const string AskedBy = "asked for by ";

    /// <summary>By somebody, or by the runbook's own onFailure: an old journal does not say.</summary>
    private const string Unknown = "not recorded";

    public static AuditEntry Of(AuditEvent auditEvent) => new($"audit-{auditEvent.Position}", auditEvent.At, auditEvent.By, auditEvent.Kind, null, null, auditEvent.Subject, auditEvent.Body);

    /// <summary>Who put a freeze window there, and who took it away.</summary>
    public static IEnumerable<AuditEntry> Of(FreezeWindow window)
    {
        yield return new AuditEntry($"freeze-{window.Id}-1", window.CreatedAt, window.CreatedBy, "freeze-added", null, null, $"freeze/{window.Name}", With(("reason", window.Reason)));
        if (window is { RemovedBy: { } by, RemovedAt: { } at })
        {
            yield return new AuditEntry($"freeze-{window.Id}-2", at, by, "freeze-removed", null, null, $"freeze/{window.Name}", With(("reason", window.RemovedBecause)));
        }
    }

    /// <summary>Who asked to take a freeze window away, and who did not let it go; who did is with the window.</summary>
    public static IEnumerable<AuditEntry> Of(FreezeRemoval asked, string freeze)
    {
        var subject = $"freeze/{freeze}";
        yield return new AuditEntry($"removal-{asked.Id:D}-1", asked.RequestedAt, asked.RequestedBy, "freeze-removal-requested", null, null, subject, With(("reason", asked.Reason)));
        if (asked is { Status: RemovalStatus.Rejected, DecidedBy: { } by, DecidedAt: { } at })
        {
            yield return new AuditEntry($"removal-{asked.Id:D}-2", at, by, "freeze-removal-rejected", null, null, subject, With(("role", asked.DecidedAs), ("comment", asked.Comment)));
        }
    }

    /// <summary>Who asked to pass a freeze window, and who decided on it.</summary>
    public static IEnumerable<AuditEntry> Of(FreezeOverride asked)
    {
        var subject = $"trigger/{asked.Trigger}";
        yield return new AuditEntry($"override-{asked.Id}-1", asked.RequestedAt, asked.RequestedBy, "override-requested", null, null, subject, With(("reason", asked.Reason), ("freeze", asked.Freeze.ToString())));
        if (asked is { DecidedBy: { } by, DecidedAt: { } at })
        {
            yield return new AuditEntry(
                $"override-{asked.Id}-2", at, by, "override-decided", null, null, subject,
                With(("decision", Words.Of(asked.Status)), ("role", asked.DecidedAs), ("comment", asked.Comment), ("freeze", asked.Freeze.ToString())));
        }
    }

    /// <summary>What people did in one entry of the journal; child runs are started by their parents, not by people.</summary>
    public static IEnumerable<AuditEntry> Of(JournalEntry entry)
    {
        for (var number = 0; number < entry.Events.Length; number++)
        {
            if (Of(entry.Events[number]) is { } found)
            {
                var path = (entry.Events[number] as StepEvent)?.Path;
                yield return new AuditEntry(
                    $"{entry.Position}-{number + 1}", entry.At, found.By, found.Kind, entry.Run.ToString(), path is { IsRoot: false } step ? step.Value : null, null, found.Detail);
            }
        }
    }

    private static (string By, string Kind, JsonElement? Detail)? Of(RunEvent happened) => happened switch
    {
        RunStarted { Parent: null } started => (started.StartedBy, "run-started", With(("runbook", started.Runbook), ("digest", started.Digest), ("lane", Words.Of(started.Lane)))),
        RunPaused paused => (paused.By, "run-paused", With(("reason", paused.Reason))),
        RunResumed resumed => (resumed.By, "run-resumed", null),
        CancelRequested cancel => (cancel.By, "cancel-requested", With(("reason", cancel.Reason), ("force", cancel.Force ? "true" : null))),
        // A failure undoes a run too, and then nobody did. Before the event had a name in it the reason said who asked, where an operator gave none of their own.
        UndoStarted { By: UndoStarted.ByPolicy } => null,
        UndoStarted undo => (undo.By ?? (undo.Reason.StartsWith(AskedBy, StringComparison.Ordinal) ? undo.Reason[AskedBy.Length..] : Unknown), "undo-started", With(("reason", undo.Reason))),
        IncidentClosed closed => (closed.By, "incident-closed", With(("resolution", Words.Of(closed.Resolution)), ("reason", closed.Reason))),
        ApprovalDecided decided => (decided.By, "approval-decided", With(
            ("decision", decided.Approved ? "approved" : "rejected"), ("role", decided.Role), ("comment", decided.Comment), ("onBehalfOf", decided.OnBehalfOf))),
        StepSkipped { By: { } by } skipped => (by, "step-skipped", With(("reason", skipped.Reason))),
        SignalReceived signal => (signal.By, "signal-received", With(("name", signal.Name))),
        RunReopened reopened => (reopened.By, "run-reopened", With(("reason", reopened.Reason))),
        LocksLost lost => (lost.By, "locks-taken", With(("takenBy", lost.TakenBy.ToString()))),
        _ => null,
    };

    private static JsonElement? With(params ReadOnlySpan<(string Name, string? Value)> members)
    {
        var detail = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                detail[name] = value;
            }
        }

        return detail.Count == 0 ? null : WorkflowJson.ToElement(detail);
    }
}
