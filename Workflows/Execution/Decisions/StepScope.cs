using System.Text.Json;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

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
internal sealed class StepsScope(StepState block, Func<StepState, StepPlan?> planOf) : ScopeObject
{
    public override IEnumerable<string> Names => Blocks().SelectMany(at => at.Children).Select(child => child.Path.Name).Distinct();

    public override ScopeValue? Get(string name)
    {
        foreach (var at in Blocks())
        {
            if (StepScope.Child(at, name) is { Status: not StepStatus.Pending } step)
            {
                return new StepScope(step, planOf);
            }
        }

        return null;
    }

    /// <summary>Blocks whose children are steps: not loops, repeats and parallels, whose children are iterations, rounds and branches.</summary>
    private IEnumerable<StepState> Blocks()
    {
        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Kind == StepKind.Body || at.Parent is null || planOf(at)?.Step is SequenceStep or IfStep or TryStep)
            {
                yield return at;
            }
        }
    }
}

/// <summary>One step in expressions: a leaf's result, a block's steps, a loop's items.</summary>
internal sealed class StepScope(StepState step, Func<StepState, StepPlan?> planOf) : ScopeObject
{
    public override IEnumerable<string> Names => step.Kind switch
    {
        StepKind.Loop => ["status", "items", "results"],
        StepKind.Block => planOf(step)?.Step switch
        {
            ParallelStep => ["status", "steps", "branches"],
            RepeatStep => ["status", "steps", "rounds"],
            _ => ["status", "steps"],
        },
        StepKind.Body => step.Parent!.Kind == StepKind.Loop ? ["key", "status", "steps"] : ["status", "steps"],
        _ => ["status", "result", "error", "attempts"],
    };

    public override ScopeValue? Get(string name) => name switch
    {
        "status" => ScopeValue.Of(Json.Of(Json.Kebab(step.Status))),
        "result" when step.IsLeaf => ScopeValue.Of(step.Result ?? Json.Null),
        "error" when step.IsLeaf => ScopeValue.Of(step.Error is { } error ? Error(error, step.Cause ?? step.Path) : Json.Null),
        "attempts" when step.IsLeaf => ScopeValue.Of(Json.Of(step.Attempt)),
        "key" when step.Parent is { Kind: StepKind.Loop } => ScopeValue.Of(Json.Of(step.Path.Name)),
        "items" when step.Kind == StepKind.Loop => new Items(step.Children, child => new StepScope(child, planOf)),
        "results" when step.Kind == StepKind.Loop => new Items(step.Children, LastResult),
        "rounds" when step.Kind == StepKind.Block => new Items(step.Children, child => new StepScope(child, planOf)),
        "branches" when step.Kind == StepKind.Block => new Members([step], planOf),
        "steps" when !step.IsLeaf => new Members(Holders(), planOf),
        _ => null,
    };

    public static JsonElement Error(StepError error, StepPath cause) => Json.Object(writer =>
    {
        writer.WriteString("code", error.Code);
        writer.WriteString("message", error.Message);
        writer.WriteString("step", cause.Value);
    });

    public static StepState? Child(StepState block, string name) =>
        // A look-up by name among thousands of iterations never happens here: only blocks of steps are asked.
        block.Children.Find(child => child.Path.Name == name);

    /// <summary>What holds the steps: a parallel's branches together, a repeat's latest round.</summary>
    private List<StepState> Holders() => step.Kind == StepKind.Block ? planOf(step)?.Step switch
    {
        ParallelStep => step.Children,
        RepeatStep => step.Children.Count > 0 ? [step.Children[^1]] : [],
        _ => [step],
    } : [step];

    private ScopeValue LastResult(StepState iteration)
    {
        var last = planOf(step)!.Blocks[0].Steps is { IsEmpty: false } steps ? Child(iteration, steps[^1].Step.Id) : null;
        return ScopeValue.Of(last?.Result ?? Json.Null);
    }

    private sealed class Members(IReadOnlyList<StepState> holders, Func<StepState, StepPlan?> planOf) : ScopeObject
    {
        public override IEnumerable<string> Names => holders.SelectMany(holder => holder.Children).Select(child => child.Path.Name).Distinct();

        public override ScopeValue? Get(string name) =>
            holders.Select(holder => Child(holder, name)).FirstOrDefault(child => child is not null) is { } found ? new StepScope(found, planOf) : null;
    }

    private sealed class Items(List<StepState> children, Func<StepState, ScopeValue> view) : ScopeList
    {
        public override int Count => children.Count;

        public override ScopeValue this[int index] => view(children[index]);
    }
}
