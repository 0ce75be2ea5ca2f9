using System.Diagnostics;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Spans of loaded runs.</summary>
internal static class RunTrace
{
    /// <summary>The decision on these; the first one of a run is the run's own span. Null: nobody listens, or the run is not recorded.</summary>
    public static Activity? Turn(LoadedRun run, List<Mail> mails)
    {
        if (!EngineTrace.IsOn) return null;

        var id = run.State.Id;
        return run.Version == 0
            ? EngineTrace.Run(id, run.Ancestors.IsEmpty, run.Runbook.Name, mails.OfType<StartMail>().FirstOrDefault()?.Trace)
            : EngineTrace.Turn(id, run.State.Started?.Trace, mails[0].Turn, mails.Count, mails.Select(mail => mail.Trace).OfType<string>());
    }
}
