using System.Diagnostics;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Spans of loaded runs.</summary>
internal static class RunTrace
{
    /// <summary>The decision on these; the first one of a run is the run's own span. Null: nobody listens, or the run is not recorded.</summary>
    public static Activity? Turn(LoadedRun run, List<RunRequest> requests)
    {
        if (!EngineTrace.IsOn) return null;

        var id = run.State.Id;
        if (run.Version == 0) return EngineTrace.Run(id, run.Ancestors.IsEmpty, run.Runbook.Name, requests.OfType<StartRunRequest>().FirstOrDefault()?.Trace);
        // Most runs of a burst are not recorded: they pay for no text.
        return run.State.Started?.Trace is { } trace ? EngineTrace.Turn(id, trace, requests[0].Turn, requests.Count, requests.Select(request => request.Trace).OfType<string>()) : null;
    }
}
