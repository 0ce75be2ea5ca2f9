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
    ClusterMap map, IRunRouter router, RunStore store, RunDecider decider, TransitionCommitter committer, TaskDispatcher tasks, HoldKeeper holds, CrashRecord crashes,
    Clocks clocks, ILogger<RunProcessor> logger)
{
    // What is counted when the journal did not give or take something: no turn is called so.
    private const string Unreadable = "";

    /// <summary>Answers, fails or passes on each of them; throws nothing.</summary>
    public async Task ProcessAsync(RunActivation activation, List<Mail> mails)
    {
        var run = activation.Run;
        if (!map.Owns(run))
        {
            // The run went to another server between the post and now.
            activation.Loaded = null;
            foreach (var mail in mails) router.Forward(run, mail);
            return;
        }

        if (mails.Count > 1 && crashes.IsSuspect(run))
        {
            // So that a death tells on which it was.
            foreach (var mail in mails) await ProcessAsync(activation, [mail]);
            return;
        }

        try
        {
            if (activation.Loaded is null && mails[0] is StartMail start)
            {
                if (crashes.IsQuarantined(run)) start.Hold = crashes.Error(run);
                activation.Loaded = LoadedRun.Begin(run, start);
            }

            while (!await TryMoveOnAsync(activation, mails))
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
            foreach (var mail in mails) mail.Fail(fenced);
        }
        catch (Exception error)
        {
            await FailAsync(activation, mails, error);
        }
    }

    /// <summary>Decides on all, and appends what follows. False: the journal has moved on, so decide again on what it says now.</summary>
    private async Task<bool> TryMoveOnAsync(RunActivation activation, List<Mail> mails)
    {
        var run = activation.Run;
        activation.Loaded ??= await store.LoadAsync(run);
        if (activation.Loaded is not { } known)
        {
            var start = mails.FindIndex(mail => mail is StartMail);
            foreach (var mail in start < 0 ? mails : mails[..start]) mail.Answer(new StepError("run-not-found", $"There is no run {run}.") { Retryable = false });
            if (start < 0)
            {
                activation.Faults = null;
                return true;
            }

            mails.RemoveRange(0, start);
            known = activation.Loaded = LoadedRun.Begin(run, (StartMail)mails[0]);
        }

        // Counted back since: a decision was under way.
        mails.RemoveAll(mail => mail is HoldMail { Input.Error.Code: ErrorCodes.Quarantined } && !crashes.IsQuarantined(run));
        if (mails.Count == 0 || await holds.RefuseAsync(known, mails)) return true;
        if (crashes.IsQuarantined(run) && known is { Version: > 0, State: { Held: null, IsEnded: false } }) mails.Insert(0, new HoldMail(crashes.Error(run)));

        using var span = RunTrace.Turn(known, mails);
        var turn = new RunTurn(known, clocks.Night.GetUtcNow());
        await decider.DecideAsync(turn, mails);
        if (turn.Transition is { } transition && !await committer.CommitAsync(turn, transition, Doubt)) return false;

        ForgetFaults(activation, mails);
        await holds.SettleAsync(activation, turn);
        await tasks.SendAgainAsync(known, turn.Redispatched);
        foreach (var (mail, refusal) in turn.Answers) mail.Answer(refusal);
        await store.SnapshotWhenDueAsync(known);
        return true;

        // Nobody must wait for as long as the store is away.
        void Doubt(Exception error)
        {
            foreach (var mail in mails) mail.Doubt(error);
            activation.Doubt(error);
        }
    }
}
