using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>run</c>: an activity, and its undo. Attempts are handed to workers until one succeeds or the policy gives up.</summary>
internal sealed class RunHandler : IStepHandler
{
    public void Enter(Turn turn, StepSite site)
    {
        var (plan, path) = (site.Plan, site.Path);
        var task = (RunStep)plan.Step;
        var arguments = plan.Arguments is { } constant ? Evaluation.Of(constant) : turn.Expressions.Evaluate(task.With, site.Names(turn));
        if (arguments.Value is not { } value)
        {
            Failures.Fail(turn, site, arguments.Error!.ToStepError());
            return;
        }

        ImmutableArray<string> tags = [];
        if (task.Workers is { } workers)
        {
            var asked = turn.Expressions.Evaluate(workers, site.Names(turn));
            var diagnostic = "";
            if (asked.Value is not { } mapping || WorkerTags.Of(mapping, out diagnostic) is not { } words)
            {
                Failures.Fail(turn, site, asked.Error?.ToStepError() ?? new StepError("bad-workers", diagnostic) { Retryable = false });
                return;
            }

            tags = words;
        }

        Schedule(turn, path, (turn.Run.Find(path)?.Attempt ?? 0) + 1, task.Activity, value, tags, task.Timeout, undo: false);
    }

    private static void Schedule(
        Turn turn, StepPath path, int attempt, string activity, JsonElement arguments, ImmutableArray<string> tags, TimeSpan? timeout, bool undo)
    {
        var run = turn.Run;
        turn.Emit(new TaskScheduled(path, attempt, activity, arguments, turn.Now + timeout, undo) { Tags = tags.IsDefaultOrEmpty ? default : tags });
        turn.Issue(new ExecuteTask(path, attempt, undo, activity, arguments, run.IdempotencyKey(path, undo), run.Started!.Lane) { Tags = tags });
        if (timeout is { } limit)
        {
            Timers.Set(turn, path, TimerPurpose.Timeout, turn.Now + limit);
        }
    }

    /// <summary>The step whose attempt a worker speaks of; null when that attempt is no longer under way.</summary>
    private static StepState? Attempted(Turn turn, StepPath path, int attempt, bool undo) =>
        turn.Run.Find(path) is { Task: { } task } step && task.Attempt == attempt && task.Undo == undo ? step : null;

    public static void Complete(Turn turn, CompleteTask result)
    {
        if (Attempted(turn, result.Path, result.Attempt, result.Undo) is not { } step)
        {
            return;
        }

        if (result.Undo)
        {
            EndUndo(turn, step, UndoReport.Read(result.Result));
            return;
        }

        var plan = turn.PlanOf(step)!;
        JsonElement? undoArguments = null;
        if (plan.Step is RunStep { Undo: { } undo })
        {
            var arguments = UndoArguments(turn, step, plan, undo, result.Result ?? default);
            if (arguments.Error is { } error)
            {
                // Without a way back the step is not done, whatever it did: an operator decides.
                var diagnostic = error.ToStepError();
                FailFinally(turn, step, diagnostic with { Message = $"The activity is done, but the arguments of its undo cannot be told: {diagnostic.Message}" });
                return;
            }

            undoArguments = arguments.Value;
        }

        StepEnds.End(turn, new StepCompleted(step.Path, result.Result) { UndoArguments = undoArguments });
    }

    private static void EndUndo(Turn turn, StepState step, ImmutableArray<LeftInPlace> left)
    {
        if (left.IsEmpty)
        {
            Undoing.Complete(turn, step);
        }
        else
        {
            // It has gone as far as it can: nothing waits for an operator, and the other steps are taken back.
            Undoing.GiveUp(turn, step, new StepError(ErrorCodes.UndoIncomplete, $"Not taken back: {Remains.Name(left)}.") { Retryable = false }, left);
        }
    }

    private static Evaluation UndoArguments(Turn turn, StepState step, StepPlan plan, Undo undo, JsonElement result) =>
        turn.Expressions.Evaluate(undo.With, turn.Names.In(step.Parent!, plan.Block).With("result", result));

    public static void Report(Turn turn, ReportFact fact)
    {
        if (Attempted(turn, fact.Path, fact.Attempt, fact.Undo) is { } step && !(fact.Undo ? step.UndoFacts : step.Facts).ContainsKey(fact.Key))
        {
            turn.Emit(new FactReported(fact.Path, fact.Attempt, fact.Key, fact.Fact, fact.Undo));
        }
    }

    public static void Fail(Turn turn, FailTask failure)
    {
        if (Attempted(turn, failure.Path, failure.Attempt, failure.Undo) is { } step)
        {
            FailAttempt(turn, step, failure.Error);
        }
    }

    /// <summary>Tries again after the policy's pause, or fails the step for good.</summary>
    private static void FailAttempt(Turn turn, StepState step, StepError error)
    {
        var run = turn.Run;
        var state = (TaskState)step.Own!;
        var task = state.Current!;
        var work = (RunStep)turn.PlanOf(step)!.Step;
        var policy = task.Undo ? work.Undo!.Retry : work.Retry;
        var attempts = task.Attempt - (task.Undo ? state.UndoBase : step.AttemptBase);
        var goesOn = task.Undo ? run.Cancel is null : !Stopping.IsStopping(run, step.Parent!);
        if (goesOn && error.Retryable && attempts < policy.Attempts)
        {
            var retryAt = turn.Now + Backoff.Delay(policy, run.Id, step.Path, task.Attempt, attempts);
            Timers.Clear(turn, step);
            turn.Emit(new AttemptFailed(step.Path, task.Attempt, error, retryAt, task.Undo));
            Timers.Set(turn, step.Path, TimerPurpose.Retry, retryAt);
        }
        else if (task.Undo)
        {
            Undoing.Fail(turn, step, error);
        }
        else
        {
            FailFinally(turn, step, error);
        }
    }

    private static void FailFinally(Turn turn, StepState step, StepError error)
    {
        Timers.Clear(turn, step);
        turn.Emit(new AttemptFailed(step.Path, step.Task!.Attempt, error, null, Undo: false));
        Failures.Fail(turn, step, error);
    }

    public void Fire(Turn turn, StepState step, TimerPurpose purpose)
    {
        if (purpose == TimerPurpose.Retry)
        {
            RetryAttempt(turn, step);
            return;
        }

        var task = step.Task!;
        turn.Issue(new AbandonTask(step.Path, task.Attempt, task.Undo));
        FailAttempt(turn, step, Failures.Timeout($"Attempt {task.Attempt} was not done in time."));
    }

    private static void RetryAttempt(Turn turn, StepState step)
    {
        if (!StepStarts.MayBegin(turn, step))
        {
            return;
        }

        var task = (RunStep)turn.PlanOf(step)!.Step;
        if (step.Status == StepStatus.Undoing)
        {
            ScheduleUndo(turn, step, task.Undo!);
        }
        else
        {
            var state = (TaskState)step.Own!;
            Schedule(turn, step.Path, step.Attempt + 1, task.Activity, state.Arguments!.Value, state.Tags, task.Timeout, undo: false);
        }
    }

    /// <summary>A task torn away half-way could not be taken back: before an undo it ends first.</summary>
    public void Stop(Turn turn, StepState step, Stop how)
    {
        if (step.Task is { } task)
        {
            if (how != Model.State.Stop.Abandon)
            {
                return;
            }

            turn.Issue(new AbandonTask(step.Path, task.Attempt, Undo: false));
        }

        StepEnds.End(turn, new StepCancelled(step.Path));
    }

    /// <summary>
    /// A task that was handed out may have had a part of its effect, however it ended: its undo can take it back, unless its
    /// arguments need the result that it has not given.
    /// </summary>
    public StepEvent WithWayBack(Turn turn, StepState step, StepPlan plan, StepEvent last)
    {
        if (step is not { Kind: StepKind.Task, Attempt: > 0 } || plan.Step is not RunStep { Undo: { } undo })
        {
            return last;
        }

        var arguments = UndoArguments(turn, step, plan, undo, Json.Null).Value;
        return last switch
        {
            StepFailed failed => failed with { UndoArguments = arguments },
            StepCancelled cancelled => cancelled with { UndoArguments = arguments },
            StepSkipped skipped => skipped with { UndoArguments = arguments },
            _ => last,
        };
    }

    public void Undo(Turn turn, StepState step, StepPlan plan) => ScheduleUndo(turn, step, ((RunStep)plan.Step).Undo!);

    private static void ScheduleUndo(Turn turn, StepState step, Undo undo)
    {
        var state = (TaskState)step.Own!;
        Schedule(turn, step.Path, state.UndoAttempt + 1, undo.Activity, state.UndoArguments!.Value, state.Tags, undo.Timeout, undo: true);
    }

    public void AbandonUndo(Turn turn, StepState step)
    {
        if (step.Task is { } task)
        {
            turn.Issue(new AbandonTask(step.Path, task.Attempt, Undo: true));
        }
    }

    public bool IsIrreversible(StepState step, StepPlan plan) =>
        step is { Kind: StepKind.Task, Attempt: > 0, UndoArguments: null, IsOpen: false } && ((RunStep)plan.Step).Irreversible;

    public bool LeavesPart(StepState step, StepPlan plan) =>
        step is { Kind: StepKind.Task, Attempt: > 0, UndoArguments: null, Status: StepStatus.Failed or StepStatus.Cancelled or StepStatus.Skipped }
        && (RunStep)plan.Step is var task && (task.Undo is not null || step.Facts.Count > 0 && !task.Irreversible);
}
