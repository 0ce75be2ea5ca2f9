using System.Text.Json;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>
/// Something that a person did outside of any run, as it stands in the journal for ever: a runbook published, a decision
/// delegated, an emergency plan approved. The journal knows nothing of what it means; whoever writes it reads it.
/// </summary>
/// <param name="Position">Over all audit events, from 1, rising; a reader's place. 0 before it is kept.</param>
/// <param name="Subject">What it concerns, as in <c>runbook/double-11</c>.</param>
/// <param name="Version">Within the subject, from 1, without gaps: who decided on an older state of it is told so.</param>
/// <param name="Kind">A stable word; what it says must be readable for ever.</param>
/// <param name="At">On the environment clock.</param>
public sealed record AuditEvent(long Position, string Subject, long Version, string Kind, string By, DateTimeOffset At, JsonElement Body);
