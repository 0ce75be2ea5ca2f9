using System.Text.Json;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Work;

/// <summary>What waits in one run under way: the fold of the events that say so, and of nothing else.</summary>
internal sealed class OpenRun(RunId run)
{
    public RunId Run { get; } = run;

    public RunStarted Started { get; private set; } = null!;

    public DateTimeOffset StartedAt { get; private set; }

    public long Version { get; private set; }

    public (RunPaused By, DateTimeOffset At)? Paused { get; private set; }

    public Dictionary<StepPath, ApprovalView> Approvals { get; } = new(0);

    public Dictionary<StepPath, (StepError Error, DateTimeOffset At)> Incidents { get; } = new(0);

    public Dictionary<StepPath, (string Name, DateTimeOffset At, DateTimeOffset? Deadline)> Signals { get; } = new(0);

    /// <summary>Shifts that guards refuse at the moment, by step, with the cluster.</summary>
    public Dictionary<StepPath, (string Cluster, StepError Error, DateTimeOffset At)> Refused { get; } = new(0);

    private readonly Dictionary<StepPath, string> _shifting = new(0);

    /// <summary>Applies the next entry; one that was applied before changes nothing. True: the run has ended.</summary>
    public bool Apply(JournalEntry entry)
    {
        if (entry.Version <= Version)
        {
            return false;
        }

        var ended = false;
        foreach (var happened in entry.Events)
        {
            Apply(happened, entry.At);
            ended = happened is RunEnded || (ended && happened is not (RunReopened or UndoStarted));
        }

        Version = entry.Version;
        return ended;
    }

    private void Apply(RunEvent happened, DateTimeOffset at)
    {
        switch (happened)
        {
            case RunStarted started:
                (Started, StartedAt) = (started, at);
                break;
            case RunPaused paused:
                Paused = (paused, at);
                break;
            case RunResumed or RunEnded:
                Paused = null;
                break;
            case ApprovalRequested asked:
                Approvals[asked.Path] = new ApprovalView(asked.Question, asked.Evidence, asked.Roles, asked.Quorum, at, asked.Deadline);
                break;
            case ApprovalDecided decided when Approvals.TryGetValue(decided.Path, out var approval):
                approval.Decisions.Add(decided);
                break;
            case ApprovalEscalated escalated when Approvals.TryGetValue(escalated.Path, out var approval):
                (approval.Roles, approval.Deadline) = (escalated.Roles, escalated.Deadline);
                break;
            case WaitStarted { Signal: { } signal } wait:
                Signals[wait.Path] = (signal, at, wait.Deadline);
                break;
            case IncidentOpened incident:
                Incidents[incident.Path] = (incident.Error, at);
                break;
            case IncidentClosed closed:
                Incidents.Remove(closed.Path);
                break;
            case TaskScheduled { Activity: "cluster.shift" } task when Cluster(task.Arguments) is { } cluster:
                _shifting[task.Path] = cluster;
                break;
            case AttemptFailed { Error.Code: "guard-refused" } failed when _shifting.TryGetValue(failed.Path, out var cluster):
                Refused[failed.Path] = (cluster, failed.Error, at);
                break;
            case StepCompleted or StepFailed or StepSkipped or StepCancelled:
                End(((StepEvent)happened).Path);
                break;
        }
    }

    private void End(StepPath path)
    {
        Approvals.Remove(path);
        Signals.Remove(path);
        _shifting.Remove(path);
        Refused.Remove(path);
    }

    private static string? Cluster(JsonElement arguments) =>
        arguments.ValueKind == JsonValueKind.Object && arguments.TryGetProperty("cluster", out var cluster) && cluster.ValueKind == JsonValueKind.String ? cluster.GetString() : null;
}
