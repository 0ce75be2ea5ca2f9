using System.Diagnostics;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>
/// All that a decision has to know of one kind of step. Stateless; a step's state is in its <see cref="StepState"/>. What a kind does not
/// say for itself is what most kinds do.
/// </summary>
internal interface IStepHandler
{
    /// <summary>Begins a step that has its locks, or takes up one that an operator tries again.</summary>
    void Enter(Turn turn, StepSite site);

    /// <summary>A timer of the step has come due.</summary>
    void Fire(Turn turn, StepState step, TimerPurpose purpose) => throw new UnreachableException($"{step.Path} has no timer {purpose}.");

    /// <summary>The step is open, and everything around it is being stopped: it ends now, or when its answer comes.</summary>
    void Stop(Turn turn, StepState step, Stop how) => StepEnds.End(turn, new StepCancelled(step.Path));

    /// <summary>The last event of a step that did not end done, with how to take back what it may have done.</summary>
    StepEvent WithWayBack(Turn turn, StepState step, StepPlan plan, StepEvent last) => last;

    /// <summary>Begins to take back a step of which <see cref="StepState.UndoLeft"/> says that there is something to take back.</summary>
    void Undo(Turn turn, StepState step, StepPlan plan) => throw new UnreachableException($"{step.Path} has nothing to take back.");

    /// <summary>The undo that is under way is given up.</summary>
    void AbandonUndo(Turn turn, StepState step)
    {
    }

    /// <summary>Nothing takes the step back although it has had an effect, or may have had a part of it, and its author knows that.</summary>
    bool IsIrreversible(StepState step, StepPlan plan) => false;

    /// <summary>The step ended half-way with an effect that is known or likely, and cannot be taken back: nothing else would name it.</summary>
    bool LeavesPart(StepState step, StepPlan plan) => false;
}

/// <summary>A step with steps within.</summary>
internal interface IBlockHandler : IStepHandler
{
    /// <summary>The steps lie directly under the block's path; false: iterations, rounds or branches do.</summary>
    bool HoldsSteps => false;

    /// <summary>Looks what comes next, after <paramref name="ended"/> or, without it, wherever the block stands. Does nothing twice.</summary>
    void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended);

    /// <summary>The steps of an iteration, a round or a branch.</summary>
    BlockPlan BodyOf(StepPlan plan, string name) => plan.Blocks[0];

    /// <summary>Whether a block in which all has been stopped still has a last block to run; then it has begun.</summary>
    bool BeginFinally(Turn turn, StepState block, StepPlan plan) => false;

    /// <summary>How many children are taken back side by side.</summary>
    int UndoWidth(StepPlan plan) => 1;

    /// <summary>The names that one of its blocks adds to those around it.</summary>
    /// <param name="step">The state of the step itself.</param>
    /// <param name="body">The same, or the iteration, round or branch.</param>
    Scope NamesWithin(Scope outer, StepState step, StepState body, BlockPlan block) => outer;

    /// <summary>What expressions can read of it, beside its status.</summary>
    IEnumerable<string> Members => ["steps"];

    /// <summary>One of the <see cref="Members"/>; null for any other name.</summary>
    ScopeValue? Member(Turn turn, StepState step, string name) => name == "steps" ? new StepMembers(turn, [step]) : null;

    void IStepHandler.Fire(Turn turn, StepState step, TimerPurpose purpose)
    {
        if (purpose != TimerPurpose.Timeout)
        {
            throw new UnreachableException($"{step.Path} has no timer {purpose}.");
        }

        Stopping.TimeOut(turn, step);
    }
}
