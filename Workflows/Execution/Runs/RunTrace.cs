using System.Diagnostics;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Spans of loaded runs.</summary>
internal static class RunTrace
{
    /// <summary>The decision on these; the first one of a run begins the run's own span.</summary>
    public static Activity? Turn(LoadedRun run, List<Mail> mails)
    {
        var id = run.State.Id;
        if (run.Version == 0) EngineTrace.BeginRun(id, run.Root, run.Ancestors.IsDefaultOrEmpty ? (RunId?)null : run.Ancestors[0].Run, run.Runbook.Name);
        return EngineTrace.Turn(id, run.Root, mails[0].Turn, mails.Count);
    }
}
