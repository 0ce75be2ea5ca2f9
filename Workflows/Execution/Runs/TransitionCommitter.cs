using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Makes a transition durable, and then does what it asks for: tasks to workers, timers to their loop, messages and lock news to other runs.
/// What is lost on the way is still a row in the journal, and the recovery scan finds it.
/// </summary>
/// <param name="ended">Called with the summary of each run that ends.</param>
internal sealed class TransitionCommitter(
    AppendVerification appends, TaskDispatcher tasks, TimerLoop timers, MessageDelivery messages, TimeProvider systemClock, Action<RunSummary> ended)
{
    /// <summary>False: the journal has moved on, and nothing was written. Throws what <see cref="AppendVerification.AppendAsync"/> does.</summary>
    /// <param name="doubt">Called with the error while the store has been away for longer than people wait.</param>
    public async Task<bool> CommitAsync(RunTurn turn, Transition transition, Action<Exception> doubt)
    {
        var begun = systemClock.GetTimestamp();
        var appended = await appends.AppendAsync(transition, doubt);
        EngineMetrics.AppendSeconds.Record(systemClock.GetElapsedTime(begun).TotalSeconds);
        if (appended.Conflict) return false;

        var run = turn.Run;
        run.Appended(transition);
        EngineTrace.Appended(transition.Ends ? run.State.Outcome.ToString() : null, run.State.Error?.Code);
        tasks.Revoke(transition.Run, turn.Draft);
        foreach (var timer in transition.TimersCleared) timers.Clear(transition.Run, timer);
        foreach (var timer in transition.TimersSet) timers.Set(new PendingTimer(transition.Run, timer.Timer, timer.Due));
        foreach (var message in transition.MessagesAdded) _ = messages.DeliverAsync(message);
        foreach (var update in appended.LockUpdates) messages.Deliver(update);
        await tasks.SendAsync(run, transition.TasksAdded);
        if (transition.Expected == 0) EngineMetrics.RunsStarted.Add(1);
        if (transition.Ends)
        {
            EngineMetrics.RunsEnded.Add(1, new KeyValuePair<string, object?>("outcome", run.State.Outcome.ToString()));
            ended(run.Summary!);
        }

        return true;
    }
}
