using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    /// <summary>A step's turn has come: its condition first, then its locks, then the step itself.</summary>
    private void BeginStep(StepState block, StepPlan plan, StepPath path)
    {
        if (run.Steps.Count >= RunBounds.MostSteps && run.Find(path) is null)
        {
            Fail(block, path, plan, RunBounds.TooLarge("This step"));
            return;
        }

        var scope = plan.Step.When is null && plan.Step.Locks.IsEmpty ? null : ScopeIn(block, plan.Block);
        if (plan.Step.When is { } when)
        {
            var condition = expressions.EvaluateCondition(when, scope!);
            if (condition.Error is { } problem)
            {
                Fail(block, path, plan, problem.ToStepError());
                return;
            }

            if (!condition.IsTruthy)
            {
                End(new StepSkipped(path, null, null));
                return;
            }
        }

        if (plan.Step.Locks.IsEmpty)
        {
            EnterStep(block, plan, path);
        }
        else if (Resources(plan.Step.Locks, scope!, out var error) is { } resources)
        {
            Request(path, resources);
        }
        else
        {
            Fail(block, path, plan, error!);
        }
    }

    /// <summary>Begins a step that has its locks, or takes up one that an operator tries again.</summary>
    private void EnterStep(StepState block, StepPlan plan, StepPath path)
    {
        switch (plan.Step)
        {
            case RunStep task:
                BeginTask(block, plan, path, task);
                return;
            case ApprovalStep approval:
                BeginApproval(block, plan, path, approval);
                return;
            case WaitStep wait:
                BeginWait(block, plan, path, wait);
                return;
            case RunbookStep child:
                BeginChild(block, plan, path, child);
                return;
            case ForEachStep loop:
                if (!BeginLoop(block, plan, path, loop))
                {
                    return;
                }

                break;
            case IfStep choice:
                var condition = expressions.EvaluateCondition(choice.Condition, ScopeIn(block, plan.Block));
                if (condition.Error is { } error)
                {
                    Fail(block, path, plan, error.ToStepError());
                    return;
                }

                Emit(new BranchChosen(path, condition.IsTruthy));
                break;
            case SequenceStep or ParallelStep or RepeatStep or TryStep:
                Emit(new StepStarted(path));
                break;
            default:
                throw new UnreachableException($"No beginning for {plan.Step.GetType().Name}.");
        }

        LimitTime(plan, path);
        if (plan.Step is ParallelStep parallel)
        {
            BeginParallel(run.Find(path)!, parallel);
        }
        else
        {
            looks.Enqueue((run.Find(path)!, null));
        }
    }

    private void LimitTime(StepPlan plan, StepPath path)
    {
        if (plan.Step.Timeout is { } timeout)
        {
            Emit(new TimeoutSet(path, now + timeout));
            Set(path, TimerPurpose.Timeout, now + timeout);
        }
    }

    private bool BeginLoop(StepState block, StepPlan plan, StepPath path, ForEachStep loop)
    {
        var items = expressions.Evaluate(loop.Items, ScopeIn(block, plan.Block));
        if (items.Value is not { ValueKind: JsonValueKind.Array } array)
        {
            Fail(block, path, plan, items.Error?.ToStepError() ?? WrongType($"`forEach` needs an array and got {Describe(items.Value)}."));
            return false;
        }

        // Each iteration is one, and so is each step in it.
        if (run.Steps.Count + (array.GetArrayLength() * (1L + loop.Steps.Length)) > RunBounds.MostSteps)
        {
            Fail(block, path, plan, RunBounds.TooLarge($"`forEach` over {array.GetArrayLength():N0} items"));
            return false;
        }

        Emit(new LoopStarted(path, LoopKeys.Of(array)));
        return true;
    }

    private static StepError WrongType(string message) => new(ErrorCodes.WrongType, message) { Retryable = false };

    private static string Describe(JsonElement? value) => value is { } some ? some.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : some.GetRawText() : "nothing";

    private ImmutableArray<string>? Resources(ImmutableArray<Template> templates, Workflows.Language.Expressions.Scope scope, out StepError? error)
    {
        var resources = ImmutableArray.CreateBuilder<string>(templates.Length);
        foreach (var template in templates)
        {
            var (text, problem) = expressions.EvaluateText(template, scope);
            if (text is null)
            {
                error = problem!.ToStepError();
                return null;
            }

            resources.Add(text);
        }

        error = null;
        return resources.ToImmutable();
    }
}
