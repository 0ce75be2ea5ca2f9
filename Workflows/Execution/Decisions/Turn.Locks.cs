using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private void Request(StepPath path, ImmutableArray<string> resources)
    {
        Emit(new LocksRequested(path, resources));
        commands.Add(new RequestLocks(path, resources));
    }

    private void Release(StepState step)
    {
        if (step.Lock is not { Status: not LockStatus.Released } held)
        {
            return;
        }

        if (run.Incidents.TryGetValue(step.Path, out var incident) && incident.Error.Code == ErrorCodes.LocksLost)
        {
            Emit(new IncidentClosed(step.Path, IncidentResolution.Resume, held.LostTo ?? actor, "the locks are not needed any more"));
        }

        Emit(new LocksReleased(step.Path));
        commands.Add(new ReleaseLocks(step.Path));
    }

    private void Grant(GrantLocks grant)
    {
        // News comes more than once: that of an earlier grant must not count for this request.
        if (run.Find(grant.Path) is not { Lock.Status: LockStatus.Requested } step || grant.Token <= step.Lock.Token)
        {
            return;
        }

        Emit(new LocksGranted(grant.Path, grant.Token));
        Kick(step);
        if (run.UndoReason is not null && run.OpenSteps == 0)
        {
            KickUndo(run.Root);
        }
    }

    private void Lose(LoseLocks loss)
    {
        if (run.Find(loss.Path) is { Lock: { Status: LockStatus.Requested } asked } waiting && loss.Token > asked.Token)
        {
            // Granted and taken over before the run heard of either: it waits for its turn again.
            Request(waiting.Path, asked.Resources);
            return;
        }

        // As that of an earlier loss must not count for what has been granted since.
        if (run.Find(loss.Path) is not { Lock.Status: LockStatus.Held } step || (loss.Token != 0 && loss.Token != step.Lock.Token))
        {
            return;
        }

        var resources = string.Join(", ", step.Lock.Resources);
        Emit(new LocksLost(loss.Path, loss.TakenBy, loss.By));
        if (!run.Incidents.ContainsKey(loss.Path))
        {
            Emit(new IncidentOpened(loss.Path, new StepError(
                ErrorCodes.LocksLost,
                $"{loss.By} took {resources} over with the emergency run {loss.TakenBy}. Resume this run to ask for them again.") { Retryable = false }));
        }
    }

    /// <summary>The locks that an emergency run took are asked for again.</summary>
    private void RegainLocks(string by)
    {
        foreach (var (path, held) in run.Locks.Where(held => held.Value.Status == LockStatus.Lost).ToArray())
        {
            if (run.Incidents.TryGetValue(path, out var incident) && incident.Error.Code == ErrorCodes.LocksLost)
            {
                Emit(new IncidentClosed(path, IncidentResolution.Resume, by, null));
            }

            Request(path, held.Resources);
        }
    }
}
