using System.Text.Json;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary><c>run</c> in expressions.</summary>
internal sealed class RunScope(RunState run) : ScopeObject
{
    public override IEnumerable<string> Names => ["id", "runbook", "startedBy", "startedAt"];

    public override ScopeValue? Get(string name) => name switch
    {
        "id" => ScopeValue.Of(Json.Of(run.Id.ToString())),
        "runbook" => ScopeValue.Of(Json.Of(run.Started!.Runbook)),
        "startedBy" => ScopeValue.Of(Json.Of(run.Started!.StartedBy)),
        "startedAt" => ScopeValue.Of(Json.Of(run.StartedAt!.Value.ToString("O"))),
        _ => null,
    };
}

/// <summary><c>steps</c> in expressions: the steps that have begun in the same block and in every block around it, nearest first.</summary>
internal sealed class StepsScope(Turn turn, StepState block) : ScopeObject
{
    public override IEnumerable<string> Names => Blocks().SelectMany(at => at.Children).Select(child => child.Path.Name).Distinct();

    public override ScopeValue? Get(string name)
    {
        foreach (var at in Blocks())
        {
            if (StepMembers.Find(at, name) is { Status: not StepStatus.Pending } step)
            {
                return new StepScope(turn, step);
            }
        }

        return null;
    }

    /// <summary>Blocks whose children are steps: not loops, repeats and parallels, whose children are iterations, rounds and branches.</summary>
    private IEnumerable<StepState> Blocks()
    {
        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.IsBody || turn.PlanOf(at) is { } plan && turn.HandlerOf(plan) is IBlockHandler { HoldsSteps: true })
            {
                yield return at;
            }
        }
    }
}

/// <summary>One step in expressions: a leaf's result, a block's steps, a loop's items.</summary>
internal sealed class StepScope(Turn turn, StepState step) : ScopeObject
{
    public override IEnumerable<string> Names => step switch
    {
        { IsLeaf: true } => ["status", "result", "error", "attempts"],
        { Kind: StepKind.Body, Parent.Kind: StepKind.Loop } => ["key", "status", "steps"],
        { Kind: StepKind.Body } => ["status", "steps"],
        _ => ["status", .. Handler.Members],
    };

    private IBlockHandler Handler => turn.BlockHandlerOf(turn.PlanOf(step)!);

    public override ScopeValue? Get(string name) => name switch
    {
        "status" => ScopeValue.Of(Json.Of(Json.Kebab(step.Status))),
        "result" when step.IsLeaf => ScopeValue.Of(step.Result ?? Json.Null),
        "error" when step.IsLeaf => ScopeValue.Of(step.Error is { } error ? Error(error, step.Cause ?? step.Path) : Json.Null),
        "attempts" when step.IsLeaf => ScopeValue.Of(Json.Of(step.Attempt)),
        "key" when step.Parent is { Kind: StepKind.Loop } => ScopeValue.Of(Json.Of(step.Path.Name)),
        "steps" when step.Kind == StepKind.Body => new StepMembers(turn, [step]),
        _ when step.Kind is StepKind.Block or StepKind.Loop => Handler.Member(turn, step, name),
        _ => null,
    };

    public static JsonElement Error(StepError error, StepPath cause) => Json.Object(writer =>
    {
        writer.WriteString("code", error.Code);
        writer.WriteString("message", error.Message);
        writer.WriteString("step", cause.Value);
    });
}

/// <summary>The steps of some blocks, by name.</summary>
internal sealed class StepMembers(Turn turn, IReadOnlyList<StepState> holders) : ScopeObject
{
    public override IEnumerable<string> Names => holders.SelectMany(holder => holder.Children).Select(child => child.Path.Name).Distinct();

    public override ScopeValue? Get(string name) =>
        holders.Select(holder => Find(holder, name)).FirstOrDefault(child => child is not null) is { } found ? new StepScope(turn, found) : null;

    public static StepState? Find(StepState block, string name) =>
        // A look-up by name among thousands of iterations never happens here: only blocks of steps are asked.
        block.Children.Find(child => child.Path.Name == name);
}

/// <summary>Iterations or rounds in the order in which they began.</summary>
internal sealed class StepItems(List<StepState> children, Func<StepState, ScopeValue> view) : ScopeList
{
    public override int Count => children.Count;

    public override ScopeValue this[int index] => view(children[index]);
}
