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

    /// <summary>What a person did to a run.</summary>
    public static AuditEntry Of(RunAuditEvent audited)
    {
        var (by, kind) = AuditKinds.Of(audited.Event) ?? throw new ArgumentException("no person caused this event", nameof(audited));
        return new AuditEntry(
            $"{audited.Position}-{audited.Number}", audited.At, by, kind, audited.Run.ToString(),
            audited.Event is StepEvent { Path: { IsRoot: false } step } ? step.Value : null, null, DetailOf(audited.Event));
    }

    private static JsonElement? DetailOf(RunEvent happened) => happened switch
    {
        RunStarted started => With(("runbook", started.Runbook), ("digest", started.Digest), ("lane", Words.Of(started.Lane))),
        RunPaused paused => With(("reason", paused.Reason)),
        CancelRequested cancel => With(("reason", cancel.Reason), ("force", cancel.Force ? "true" : null)),
        UndoStarted undo => With(("reason", undo.Reason)),
        IncidentClosed closed => With(("resolution", Words.Of(closed.Resolution)), ("reason", closed.Reason)),
        ApprovalDecided decided => With(
            ("decision", decided.Approved ? "approved" : "rejected"), ("role", decided.Role), ("comment", decided.Comment), ("onBehalfOf", decided.OnBehalfOf)),
        StepSkipped skipped => With(("reason", skipped.Reason)),
        SignalReceived signal => With(("name", signal.Name)),
        RunReopened reopened => With(("reason", reopened.Reason)),
        LocksLost lost => With(("takenBy", lost.TakenBy.ToString())),
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
