using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private void BeginTask(StepState block, StepPlan plan, StepPath path, RunStep task)
    {
        var arguments = plan.Arguments is { } constant ? Evaluation.Of(constant) : expressions.Evaluate(task.With, ScopeIn(block, plan.Block));
        if (arguments.Value is not { } value)
        {
            Fail(block, path, plan, arguments.Error!.ToStepError());
            return;
        }

        ImmutableArray<string> tags = [];
        if (task.Workers is { } workers)
        {
            var asked = expressions.Evaluate(workers, ScopeIn(block, plan.Block));
            var problem = "";
            if (asked.Value is not { } mapping || WorkerTags.Of(mapping, out problem) is not { } words)
            {
                Fail(block, path, plan, asked.Error?.ToStepError() ?? new StepError("bad-workers", problem) { Retryable = false });
                return;
            }

            tags = words;
        }

        Schedule(path, (run.Find(path)?.Attempt ?? 0) + 1, task.Activity, value, tags, task.Timeout, undo: false);
    }

    private void Schedule(StepPath path, int attempt, string activity, JsonElement arguments, ImmutableArray<string> tags, TimeSpan? timeout, bool undo)
    {
        Emit(new TaskScheduled(path, attempt, activity, arguments, now + timeout, undo) { Tags = tags.IsDefaultOrEmpty ? default : tags });
        commands.Add(new ExecuteTask(path, attempt, undo, activity, arguments, run.IdempotencyKey(path, undo), run.Started!.Lane) { Tags = tags });
        if (timeout is { } limit)
        {
            Set(path, TimerPurpose.Timeout, now + limit);
        }
    }

    /// <summary>The step whose attempt a worker speaks of; null when that attempt is no longer under way.</summary>
    private StepState? Attempted(StepPath path, int attempt, bool undo) =>
        run.Find(path) is { Task: { } task } step && task.Attempt == attempt && task.Undo == undo ? step : null;

    private void Complete(CompleteTask result)
    {
        if (Attempted(result.Path, result.Attempt, result.Undo) is not { } step)
        {
            return;
        }

        if (result.Undo)
        {
            CompleteUndo(step);
            return;
        }

        var plan = PlanOf(step)!;
        JsonElement? undoArguments = null;
        if (plan.Step is RunStep { Undo: { } undo })
        {
            var scope = ScopeIn(step.Parent!, plan.Block).With("result", result.Result ?? default);
            var arguments = expressions.Evaluate(undo.With, scope);
            if (arguments.Error is { } error)
            {
                // Without a way back the step is not done, whatever it did: an operator decides.
                var problem = error.ToStepError();
                FailFinally(step, plan, problem with { Message = $"The activity is done, but the arguments of its undo cannot be told: {problem.Message}" });
                return;
            }

            undoArguments = arguments.Value;
        }

        End(new StepCompleted(step.Path, result.Result) { UndoArguments = undoArguments });
    }

    private void FailAttempt(FailTask failure)
    {
        if (Attempted(failure.Path, failure.Attempt, failure.Undo) is { } step)
        {
            FailAttempt(step, failure.Error);
        }
    }

    /// <summary>Tries again after the policy's pause, or fails the step for good.</summary>
    private void FailAttempt(StepState step, StepError error)
    {
        var plan = PlanOf(step)!;
        var task = step.Task!;
        var work = (RunStep)plan.Step;
        var policy = task.Undo ? work.Undo!.Retry : work.Retry;
        var attempts = task.Attempt - (task.Undo ? step.UndoBase : step.AttemptBase);
        var goesOn = task.Undo ? run.Cancel is null : !IsStopping(step.Parent!);
        if (!goesOn || !error.Retryable || attempts >= policy.Attempts)
        {
            if (task.Undo)
            {
                FailUndoFinally(step, plan, error);
            }
            else
            {
                FailFinally(step, plan, error);
            }

            return;
        }

        var retryAt = now + Backoff.Delay(policy, run.Id, step.Path, task.Attempt, attempts);
        ClearTimers(step);
        Emit(new AttemptFailed(step.Path, task.Attempt, error, retryAt, task.Undo));
        Set(step.Path, TimerPurpose.Retry, retryAt);
    }

    private void FailFinally(StepState step, StepPlan plan, StepError error)
    {
        ClearTimers(step);
        Emit(new AttemptFailed(step.Path, step.Task!.Attempt, error, null, Undo: false));
        Fail(step.Parent!, step.Path, plan, error);
    }

    private void RetryAttempt(StepState step)
    {
        if (!MayBegin(step))
        {
            return;
        }

        var task = (RunStep)PlanOf(step)!.Step;
        if (step.Status == StepStatus.Undoing)
        {
            ScheduleUndo(step, task.Undo!);
        }
        else
        {
            Schedule(step.Path, step.Attempt + 1, task.Activity, step.Arguments!.Value, step.Tags, task.Timeout, undo: false);
        }
    }

    private void Report(ReportFact fact)
    {
        if (Attempted(fact.Path, fact.Attempt, fact.Undo) is { } step && !(fact.Undo ? step.UndoFacts : step.Facts).ContainsKey(fact.Key))
        {
            Emit(new FactReported(fact.Path, fact.Attempt, fact.Key, fact.Fact, fact.Undo));
        }
    }
}
