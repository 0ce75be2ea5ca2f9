using Orchestrator.Server.Api;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Terminal;

/// <summary>One line for each event worth telling: the environment's time, the step, a word, and what matters of it.</summary>
internal sealed class PlainLines(TextWriter output) : IRunDisplay
{
    /// <summary>Beyond so many items a loop's iterations are told only when something is wrong.</summary>
    private const int LargeLoop = 50;

    public void Show(RunFamily family, JournalEntry entry)
    {
        foreach (var happened in entry.Events)
        {
            if (Line(happened) is { } line && !IsNoise(family, entry.Run, happened))
            {
                var path = happened is StepEvent { Path: var step } ? family.FromRoot(entry.Run, step) : family.FromRoot(entry.Run, StepPath.Root);
                output.WriteLine($"{Moment.Clock(entry.At)}  {(path.IsRoot ? "run" : path.Value)}  {line}");
            }
        }
    }

    public void Show(RunFamily family, TaskProgress progress)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string? Line(RunEvent happened) => happened switch
    {
        RunStarted started => $"started  {started.Runbook} by {started.StartedBy}",
        RunPaused paused => $"paused  by {paused.By}{Because(paused.Reason)}",
        RunResumed resumed => $"resumed  by {resumed.By}",
        CancelRequested cancel => $"cancelling  by {cancel.By}{Because(cancel.Reason)}",
        RunEnded ended => $"{Words.Of(ended.Outcome)}{(ended.Error is { } error ? $"  {error.Code}: {error.Message}" : "")}",
        LocksRequested locks => $"waiting-for-lock  {string.Join(", ", locks.Resources)}",
        LocksLost lost => $"locks-lost  to {lost.By}",
        IncidentOpened incident => $"incident  {incident.Error.Code}: {incident.Error.Message}",
        IncidentClosed closed => $"incident-closed  {Words.Of(closed.Resolution)} by {closed.By}{Because(closed.Reason)}",
        UndoStarted undo => $"undoing  {undo.Reason}",
        TaskScheduled task => $"{(task.Undo ? "undoing" : "running")}  {task.Activity}{(task.Attempt > 1 ? $", attempt {task.Attempt}" : "")}",
        AttemptFailed failed => $"attempt-failed  {failed.Error.Code}: {failed.Error.Message}{(failed.RetryAt is { } retry ? $"; again at {Moment.Clock(retry)}" : "")}",
        LoopStarted loop => $"running  {loop.Items.Length} items",
        ApprovalRequested asked => $"waiting-for-approval  {asked.Question} ({asked.Quorum} of {string.Join(", ", asked.Roles)})",
        ApprovalDecided decided => $"{(decided.Approved ? "approved" : "rejected")}  by {decided.By} as {decided.Role}{Because(decided.Comment)}",
        ApprovalEscalated escalated => $"escalated  to {string.Join(", ", escalated.Roles)}",
        WaitStarted { Until: { } until } => $"waiting  until {Moment.Clock(until)}",
        WaitStarted wait => $"waiting-for-signal  {wait.Signal}",
        SignalReceived signal => $"signal  {signal.Name} by {signal.By}",
        ChildRequested child => $"running  runbook {child.Runbook}",
        ChildCancelRequested => "cancelling  its run",
        ChildUndoRequested => "undoing  its run",
        StopStarted stop => $"stopping  {stop.Error.Code}: {stop.Error.Message}",
        RunReopened reopened => $"reopened  by {reopened.By}{Because(reopened.Reason)}",
        StepCompleted => "done",
        StepFailed failed => $"failed  {failed.Error.Code}: {failed.Error.Message}",
        StepSkipped skipped => $"skipped{(skipped.By is { } by ? $"  by {by}{Because(skipped.Reason)}" : "")}",
        StepCancelled => "cancelled",
        StepUndone => "undone",
        UndoFailed failed => $"undo-failed  {failed.Error.Code}: {failed.Error.Message}",
        // Told by what follows them.
        LocksGranted or LocksReleased or StepStarted or BlockStarted or BranchChosen or TimeoutSet or FactReported => null,
        _ => Words.Kind(happened),
    };

    private static string Because(string? reason) => reason is null ? "" : $" ({reason})";

    private static bool IsNoise(RunFamily family, RunId run, RunEvent happened)
    {
        if (happened is not (TaskScheduled or StepCompleted) || happened is not StepEvent { Path: var path } || family.Find(run) is not { } view)
        {
            return false;
        }

        for (var parent = path.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            if (view.Find(parent)?.Items > LargeLoop)
            {
                return true;
            }
        }

        return false;
    }
}
