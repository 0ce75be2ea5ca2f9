using System.Text.Json;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>forEach</c>: an iteration for each item, so many at once. After a failure no further one begins, and those under way go on to their end.</summary>
internal sealed class ForEachHandler : IBlockHandler
{
    public IEnumerable<string> Members => ["items", "results"];

    public void Enter(Turn turn, StepSite site)
    {
        var loop = (ForEachStep)site.Plan.Step;
        var items = turn.Expressions.Evaluate(loop.Items, site.Names(turn));
        if (items.Value is not { ValueKind: JsonValueKind.Array } array)
        {
            Failures.Fail(turn, site, items.Error?.ToStepError() ?? Failures.WrongType($"`forEach` needs an array and got {Failures.Describe(items.Value)}."));
            return;
        }

        // Each iteration is one, and so is each step in it.
        if (turn.Run.Steps.Count + (array.GetArrayLength() * (1L + loop.Steps.Length)) > RunBounds.MostSteps)
        {
            Failures.Fail(turn, site, RunBounds.TooLarge($"`forEach` over {array.GetArrayLength():N0} items"));
            return;
        }

        turn.Emit(new LoopStarted(site.Path, LoopKeys.Of(array)));
        Blocks.Begun(turn, site);
    }

    public void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended)
    {
        if (Blocks.Raised(turn, block))
        {
            return;
        }

        var items = ((LoopState)block.Own!).Items;
        if (block.Children.Count < items.Length && StepStarts.MayBegin(turn, block))
        {
            var width = Width(plan);
            while (block.Open < width && block.Children.Count < items.Length)
            {
                Blocks.BeginBody(turn, block.Path.Child(items[block.Children.Count].Key));
            }
        }

        if (block.Open == 0 && block.Children.Count == items.Length)
        {
            Blocks.Complete(turn, block);
        }
    }

    private static int Width(StepPlan plan) => ((ForEachStep)plan.Step).AtMost ?? int.MaxValue;

    public int UndoWidth(StepPlan plan) => Width(plan);

    public Scope NamesWithin(Scope outer, StepState step, StepState body, BlockPlan block) => step.Own is LoopState { Items: var items } && body.Index < items.Length
        ? outer.With("index", Json.Of(body.Index)).With(((ForEachStep)block.Owner!.Step).As, items[body.Index].Value)
        : outer;

    public ScopeValue? Member(Turn turn, StepState step, string name) => name switch
    {
        "items" => new StepItems(step.Children, child => new StepScope(turn, child)),
        "results" => new StepItems(step.Children, iteration => LastResult(turn, step, iteration)),
        _ => null,
    };

    private static ScopeValue LastResult(Turn turn, StepState step, StepState iteration)
    {
        var last = turn.PlanOf(step)!.Blocks[0].Steps is { IsEmpty: false } steps ? StepMembers.Find(iteration, steps[^1].Step.Id) : null;
        return ScopeValue.Of(last?.Result ?? Json.Null);
    }
}
