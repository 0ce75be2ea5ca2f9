using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Where an engine gets runbooks from. Register one as a singleton; without one, child steps find only what was
/// published, and runs of an earlier process cannot be continued.
/// </summary>
/// <param name="Find">A runbook by name for a child step; null when there is none of that name (then the version published last is used).</param>
/// <param name="Read">A runbook from its source text, as the journal kept it.</param>
public sealed record RunbookSource(
    Func<string, CancellationToken, ValueTask<Runbook?>> Find,
    Func<string, Runbook> Read);
