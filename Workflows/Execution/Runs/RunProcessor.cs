using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Takes what has gathered for one run, has it decided on the loaded state, and appends what follows. The state is a draft of the journal:
/// on a conflict or a failed append it is thrown away, and the same mail decided anew. For one run it is at work once at a time.
/// </summary>
internal sealed partial class RunProcessor(
    MembershipTracker map, IRunRouter router, RunStore store, RunDecider decider, TransitionCommitter committer, TaskDispatcher tasks, HoldKeeper holds, CrashRecord crashes,
    Clocks clocks, ILogger<RunProcessor> logger)
{
    // What is counted when the journal did not give or take something: no turn is called so.
    private const string Unreadable = "";

    /// <summary>Answers, fails or passes on each of them; throws nothing.</summary>
    public async Task ProcessAsync(RunActivation activation, List<RunRequest> requests)
    {
        var run = activation.Run;
        if (!map.Owns(run))
        {
            // The run went to another server between the post and now.
            activation.Loaded = null;
            foreach (var request in requests) router.Forward(run, request);
            return;
        }

        if (requests.Count > 1 && crashes.IsSuspect(run))
        {
            // So that a death tells on which it was.
            foreach (var request in requests) await ProcessAsync(activation, [request]);
            return;
        }

        try
        {
            if (activation.Loaded is null && requests[0] is StartRunRequest start)
            {
                if (crashes.IsQuarantined(run)) start.Hold = crashes.Error(run);
                activation.Loaded = LoadedRun.Begin(run, start);
            }

            while (!await TryMoveOnAsync(activation, requests))
            {
                EngineMetrics.Conflicts.Add(1);
                activation.Loaded = null;
            }

            // A start that was refused leaves no run behind.
            if (activation.Loaded is { Version: 0 }) activation.Loaded = null;
        }
        catch (FencedException fenced)
        {
            // Another server has the run; this one is about to notice.
            activation.Loaded = null;
            foreach (var request in requests) request.Fail(fenced);
        }
        catch (Exception error)
        {
            await FailAsync(activation, requests, error);
        }
    }

    /// <summary>Decides on all, and appends what follows. False: the journal has moved on, so decide again on what it says now.</summary>
    private async Task<bool> TryMoveOnAsync(RunActivation activation, List<RunRequest> requests)
    {
        var run = activation.Run;
        activation.Loaded ??= await store.LoadAsync(run);
        if (activation.Loaded is not { } known)
        {
            var start = requests.FindIndex(request => request is StartRunRequest);
            foreach (var request in start < 0 ? requests : requests[..start]) request.Answer(new StepError("run-not-found", $"There is no run {run}.") { Retryable = false });
            if (start < 0)
            {
                activation.Faults = null;
                return true;
            }

            requests.RemoveRange(0, start);
            known = activation.Loaded = LoadedRun.Begin(run, (StartRunRequest)requests[0]);
        }

        // Counted back since: a decision was under way.
        requests.RemoveAll(request => request is HoldRequest { Input.Error.Code: ErrorCodes.Quarantined } && !crashes.IsQuarantined(run));
        if (requests.Count == 0 || await holds.RefuseAsync(known, requests)) return true;
        if (crashes.IsQuarantined(run) && known is { Version: > 0, State: { Held: null, IsEnded: false } }) requests.Insert(0, new HoldRequest(crashes.Error(run)));

        using var span = RunTrace.Turn(known, requests);
        var turn = new RunTurn(known, clocks.EnvironmentClock.GetUtcNow());
        await decider.DecideAsync(turn, requests);
        if (turn.Transition is { } transition && !await committer.CommitAsync(turn, transition, Doubt)) return false;

        ForgetFaults(activation, requests);
        await holds.SettleAsync(activation, turn);
        await tasks.SendAgainAsync(known, turn.Redispatched);
        foreach (var (request, refusal) in turn.Answers) request.Answer(refusal);
        await store.SnapshotWhenDueAsync(known);
        return true;

        // Nobody must wait for as long as the store is away.
        void Doubt(Exception error)
        {
            foreach (var request in requests) request.Doubt(error);
            activation.Doubt(error);
        }
    }
}
