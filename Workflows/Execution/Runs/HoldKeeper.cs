using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>What it takes to hold a run as a whole (codes <c>engine-fault</c> and <c>quarantined</c>), and to let it go on.</summary>
internal sealed partial class HoldKeeper(IJournal journal, IRunRouter router, CrashRecord crashes, TimerLoop timers, Clocks clocks, ILogger<HoldKeeper> logger)
{
    /// <summary>
    /// A run that has ended has no incident to lift: what is asked of it in quarantine is refused, and trying the run again lifts that. True: all is answered.
    /// </summary>
    public async Task<bool> RefuseAsync(LoadedRun run, List<RunRequest> requests)
    {
        var id = run.State.Id;
        if (!run.State.IsEnded || !crashes.IsQuarantined(id)) return false;

        foreach (var request in requests)
        {
            if (request is InputRequest { Input: RetryStep { Path.IsRoot: true } })
            {
                await crashes.LiftAsync(id);
                request.Answer(null);
            }
            else
            {
                request.Answer(request is InputRequest ? crashes.Error(id) : null);
            }
        }

        return true;
    }

    /// <summary>What a decision means for the hold of its run, once it is durable.</summary>
    public async Task SettleAsync(RunActivation activation, RunTurn turn)
    {
        foreach (var happened in turn.Draft.Events)
        {
            if (happened is IncidentOpened { Path.IsRoot: true } opened && RunState.IsHold(opened.Error))
                EngineMetrics.RunsHeld.Add(1, new KeyValuePair<string, object?>("code", opened.Error.Code));
        }

        if (turn.Withheld.Count > 0) (activation.Withheld ??= []).AddRange(turn.Withheld);
        var run = activation.Run;
        try
        {
            if (turn.Parked.Count > 0)
            {
                var until = clocks.SystemClock.GetUtcNow() + TurnFaults.ParkedFor;
                await journal.LeaseAsync([.. turn.Parked.Select(task => new LeaseChange(run, task.Id, task.Token, "", task.Token, until))]);
            }

            if (crashes.IsSuspect(run))
            {
                if (turn.Run.State.IsEnded) await crashes.ForgetAsync(run);
                else if (turn.Lifted) await crashes.LiftAsync(run);
            }

            if (turn.Lifted) await GoOnAsync(activation, turn.Run.State);
        }
        catch (Exception error) when (error is not FencedException)
        {
            // What was decided is durable all the same, and the recovery scan looks after its tasks.
            LogNotSettled(error, run);
        }
    }

    /// <summary>What a held run did not decide on comes again.</summary>
    private async Task GoOnAsync(RunActivation activation, RunState state)
    {
        var run = activation.Run;
        var now = clocks.EnvironmentClock.GetUtcNow();
        foreach (var timer in state.PendingTimers())
        {
            if (timer.Due <= now) timers.Repeat(new PendingTimer(run, timer.Timer, timer.Due));
        }

        foreach (var result in activation.Withheld ?? []) router.Post(run, new TaskResultRequest(result));
        activation.Withheld = null;
        var systemClock = clocks.SystemClock.GetUtcNow();
        foreach (var task in await journal.PendingTasksAsync(DateTimeOffset.MaxValue, CancellationToken.None))
        {
            if (task.Run == run && (task.LeaseUntil <= systemClock || (task.Owner.Length == 0 && task.LeaseUntil > systemClock + TurnFaults.ParkedFor / 2))) router.Post(run, new RedispatchRequest(task));
        }
    }

    [LoggerMessage(1082, LogLevel.Warning, "The tasks of run {RunId}, or what is counted against it, were left as they were; the recovery scan tries it once more")]
    private partial void LogNotSettled(Exception error, RunId runId);
}
