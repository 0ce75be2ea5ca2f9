using System.Collections.Immutable;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>Locks of the run, of blocks and of steps: asked for, granted, lost to an emergency run, given up.</summary>
internal static class Locks
{
    /// <summary>What a runbook's <c>locks</c> name; null with an error.</summary>
    public static ImmutableArray<string>? Resources(Turn turn, ImmutableArray<Template> templates, Scope names, out StepError? error)
    {
        var resources = ImmutableArray.CreateBuilder<string>(templates.Length);
        foreach (var template in templates)
        {
            var (text, diagnostic) = turn.Expressions.EvaluateText(template, names);
            if (text is null)
            {
                error = diagnostic!.ToStepError();
                return null;
            }

            resources.Add(text);
        }

        error = null;
        return resources.ToImmutable();
    }

    public static void Request(Turn turn, StepPath path, ImmutableArray<string> resources)
    {
        turn.Emit(new LocksRequested(path, resources));
        turn.Issue(new RequestLocks(path, resources));
    }

    public static void Release(Turn turn, StepState step)
    {
        if (step.Lock is not { Status: not LockStatus.Released } held)
        {
            return;
        }

        if (turn.Run.Incidents.TryGetValue(step.Path, out var incident) && incident.Error.Code == ErrorCodes.LocksLost)
        {
            turn.Emit(new IncidentClosed(step.Path, IncidentResolution.Resume, held.LostTo ?? turn.Actor, "the locks are not needed any more"));
        }

        turn.Emit(new LocksReleased(step.Path));
        turn.Issue(new ReleaseLocks(step.Path));
    }

    public static void Grant(Turn turn, GrantLocks grant)
    {
        // News comes more than once: that of an earlier grant must not count for this request.
        if (turn.Run.Find(grant.Path) is not { Lock.Status: LockStatus.Requested } step || grant.Token <= step.Lock.Token)
        {
            return;
        }

        turn.Emit(new LocksGranted(grant.Path, grant.Token));
        Continuing.GoOn(turn, step);
    }

    public static void Lose(Turn turn, LoseLocks loss)
    {
        var run = turn.Run;
        if (run.Find(loss.Path) is { Lock: { Status: LockStatus.Requested } asked } waiting && loss.Token > asked.Token)
        {
            // Granted and taken over before the run heard of either: it waits for its turn again.
            Request(turn, waiting.Path, asked.Resources);
            return;
        }

        // As that of an earlier loss must not count for what has been granted since.
        if (run.Find(loss.Path) is not { Lock.Status: LockStatus.Held } step || (loss.Token != 0 && loss.Token != step.Lock.Token))
        {
            return;
        }

        var resources = string.Join(", ", step.Lock.Resources);
        turn.Emit(new LocksLost(loss.Path, loss.TakenBy, loss.By));
        if (!run.Incidents.ContainsKey(loss.Path))
        {
            turn.Emit(new IncidentOpened(loss.Path, new StepError(
                ErrorCodes.LocksLost,
                $"{loss.By} took {resources} over with the emergency run {loss.TakenBy}. Resume this run to ask for them again.") { Retryable = false }));
        }
    }

    /// <summary>The locks that an emergency run took are asked for again.</summary>
    public static void Regain(Turn turn, string by)
    {
        foreach (var (path, held) in turn.Run.Locks.Where(held => held.Value.Status == LockStatus.Lost).ToArray())
        {
            if (turn.Run.Incidents.TryGetValue(path, out var incident) && incident.Error.Code == ErrorCodes.LocksLost)
            {
                turn.Emit(new IncidentClosed(path, IncidentResolution.Resume, by, null));
            }

            Request(turn, path, held.Resources);
        }
    }
}
