using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

/// <summary>
/// One decision in the making. What ends a step queues a look at the block around it, so that long chains of steps that
/// end at once need no deep stack, and every look costs only the block's depth.
/// </summary>
internal sealed partial class Turn(ExpressionEvaluator expressions, Runbook runbook, RunState run, DateTimeOffset now, int format)
{
    private readonly ImmutableArray<RunEvent>.Builder events = ImmutableArray.CreateBuilder<RunEvent>();
    private readonly ImmutableArray<Command>.Builder commands = ImmutableArray.CreateBuilder<Command>();
    private readonly ImmutableArray<TimerChange>.Builder timers = ImmutableArray.CreateBuilder<TimerChange>();
    private readonly Queue<(StepState Block, StepState? Ended)> looks = new();

    /// <summary>Who answers the incidents that this decision closes.</summary>
    private string actor = "policy";

    public Decision Decide(Input input)
    {
        if (run.Started is null)
        {
            if (input is not StartRun start)
            {
                return Decision.Nothing;
            }

            Start(start);
        }
        else if (Handle(input) is { } refusal)
        {
            return Decision.Nothing with { Refusal = refusal };
        }

        Settle();
        DropAbandoned();
        return events.Count == 0 && commands.Count == 0 && timers.Count == 0
            ? Decision.Nothing
            : new Decision(events.DrainToImmutable(), commands.DrainToImmutable(), timers.DrainToImmutable());
    }

    /// <summary>A task that the same decision issued and gave up is never handed out.</summary>
    private void DropAbandoned()
    {
        if (!commands.Any(command => command is AbandonTask))
        {
            return;
        }

        var issued = commands.OfType<ExecuteTask>().Select(task => (task.Path, task.Attempt, task.Undo)).ToHashSet();
        issued.IntersectWith(commands.OfType<AbandonTask>().Select(task => (task.Path, task.Attempt, task.Undo)));
        if (issued.Count > 0)
        {
            commands.RemoveAll(command => command switch
            {
                ExecuteTask task => issued.Contains((task.Path, task.Attempt, task.Undo)),
                AbandonTask task => issued.Contains((task.Path, task.Attempt, task.Undo)),
                _ => false,
            });
        }
    }

    private void Settle()
    {
        while (looks.TryDequeue(out var look))
        {
            Advance(look.Block, look.Ended);
        }
    }

    /// <summary>Null unless a person asks for what cannot be done now.</summary>
    private StepError? Handle(Input input)
    {
        if (input is HoldRun hold)
        {
            Hold(hold.Error);
            return null;
        }

        if (run.Held is { } held)
        {
            return HandleHeld(input, held);
        }

        switch (input)
        {
            case PauseRun pause:
                return Pause(pause);
            case ResumeRun resume:
                return Resume(resume);
            case CancelRun cancel:
                return Cancel(cancel);
            case UndoRun undo:
                return Undo(undo);
            case RetryStep retry:
                return Retry(retry);
            case SkipStep skip:
                return Skip(skip);
            case DecideApproval decision:
                return DecideOn(decision);
            case ReceiveSignal signal:
                return Receive(signal);
            case StartRun:
                return null;
        }

        if (run.IsEnded)
        {
            return null;
        }

        switch (input)
        {
            case GrantLocks grant:
                Grant(grant);
                break;
            case LoseLocks loss:
                Lose(loss);
                break;
            case CompleteTask result:
                Complete(result);
                break;
            case FailTask failure:
                FailAttempt(failure);
                break;
            case ReportFact fact:
                Report(fact);
                break;
            case FireTimer fire:
                Fire(fire.Timer);
                break;
            case EndChild end:
                EndOfChild(end);
                break;
            default:
                throw new UnreachableException($"No decision for {input.GetType().Name}.");
        }

        return null;
    }

    private void Start(StartRun start)
    {
        Emit(new RunStarted(runbook.Name, runbook.Digest, start.Inputs, start.StartedBy, start.Lane)
        {
            Parent = start.Parent,
            Labels = start.Labels ?? ImmutableDictionary<string, string>.Empty,
        });
        if (start.Hold is { } error)
        {
            Hold(error);
        }
        else
        {
            Begin();
        }
    }

    private void Begin()
    {
        if (runbook.Locks.IsEmpty)
        {
            looks.Enqueue((run.Root, null));
        }
        else if (Resources(runbook.Locks, BaseScope, out var error) is { } resources)
        {
            Request(StepPath.Root, resources);
        }
        else
        {
            EndRun(RunOutcome.Failed, error);
        }
    }

    private void Emit(RunEvent happened)
    {
        events.Add(happened);
        run.Apply(happened, now);
    }

    private void Set(StepPath path, TimerPurpose purpose, DateTimeOffset due) => timers.Add(new SetTimer(new TimerId(path, purpose), due));

    private void ClearTimers(StepState step)
    {
        foreach (var timer in RunState.Timers(step))
        {
            timers.Add(new ClearTimer(timer.Timer));
        }
    }

    /// <summary>Ends a step, or an iteration, round or branch, with its last event.</summary>
    private void End(StepEvent last)
    {
        if (run.Find(last.Path) is { } known)
        {
            ClearTimers(known);
            last = WithWayBack(known, last);
        }

        Emit(last);
        var step = run.Find(last.Path)!;
        Release(step);
        looks.Enqueue((step.Parent!, step));
    }

    /// <summary>Whether new work may begin at or within a block: the run is not paused, and every lock around it is held.</summary>
    private bool MayBegin(StepState block)
    {
        if (run.Paused is not null)
        {
            return false;
        }

        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Lock is { Status: LockStatus.Requested or LockStatus.Lost })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The runbook's step; null for the run itself, an iteration, a round or a branch.</summary>
    private StepPlan? PlanOf(StepState step)
    {
        if (step.Plan is null && step.Kind != StepKind.Body && step.Parent is { } parent)
        {
            step.Plan = PlanWithin(parent, step.Path.Name);
        }

        return step.Plan;
    }

    private StepPlan? PlanWithin(StepState block, string id)
    {
        foreach (var plan in BlocksOf(block))
        {
            if (plan.Find(id) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The blocks whose steps lie directly under the path.</summary>
    private ImmutableArray<BlockPlan> BlocksOf(StepState block)
    {
        if (block.Parent is null)
        {
            return [StepPlan.Of(runbook)];
        }

        if (block.Kind != StepKind.Body)
        {
            return PlanOf(block) is { Step: SequenceStep or IfStep or TryStep } plan ? plan.Blocks : [];
        }

        var owner = PlanOf(block.Parent)!;
        return [owner.Step is ParallelStep parallel ? owner.Blocks[BranchIndex(parallel, block.Path.Name)] : owner.Blocks[0]];
    }

    private static int BranchIndex(ParallelStep parallel, string id)
    {
        for (var index = 0; index < parallel.Branches.Length; index++)
        {
            if (parallel.Branches[index].Id == id)
            {
                return index;
            }
        }

        throw new UnreachableException($"{parallel.Id} has no branch {id}.");
    }
}
