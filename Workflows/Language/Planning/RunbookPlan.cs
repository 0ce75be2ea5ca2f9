using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Planning;

/// <summary>What a run would do, in order, as far as it is known before it starts.</summary>
/// <param name="Locks">Resources the whole run would hold.</param>
/// <param name="Irreversible">Paths of the steps that nothing takes back.</param>
/// <param name="Diagnostics">Expressions over the inputs that fail or do not end: a run must not start with these.</param>
public sealed record RunbookPlan(
    string Runbook,
    string? Description,
    string Digest,
    Lane Lane,
    FailurePolicy OnFailure,
    string? Preauthorised,
    JsonElement Inputs,
    ImmutableArray<string> Locks,
    ImmutableArray<PlanLine> Lines,
    ImmutableArray<string> Irreversible,
    ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>Plans a run. <paramref name="inputs"/> are complete (see <see cref="InputBinder"/>); <paramref name="findRunbook"/> gives children, as <see cref="RunbookReader.FindChild"/> does; <paramref name="budget"/> is what the plan may spend, by default a new one.</summary>
    /// <exception cref="OperationCanceledException">The budget's cancellation was asked for.</exception>
    public static RunbookPlan Create(Runbook runbook, JsonElement inputs, ActivityCatalog catalog, Func<string, Runbook?> findRunbook, string file, EvaluationBudget? budget = null) =>
        new Planner(catalog, findRunbook, file, budget ?? new EvaluationBudget()).Plan(runbook, inputs);
}

/// <summary>One step of a plan. Values that are known only during the run stand as their expression, <c>${ … }</c>.</summary>
public sealed record PlanLine
{
    /// <summary>0 for the runbook's own steps.</summary>
    public required int Depth { get; init; }

    /// <summary>The step's address; <c>*</c> stands for iterations that are not known yet.</summary>
    public required string Path { get; init; }

    /// <summary>run, steps, parallel, branch, forEach, iteration, if, else, repeat, try, catch, finally, approval, wait or runbook.</summary>
    public required string Kind { get; init; }

    public string? Title { get; init; }

    public string? Activity { get; init; }

    public Effect? Effect { get; init; }

    public JsonElement? Arguments { get; init; }

    /// <summary>The activity that takes the step back, or null.</summary>
    public string? Undo { get; init; }

    /// <summary>True when the step changes something and has no way back.</summary>
    public bool Irreversible { get; init; }

    /// <summary>The condition, when it decides only during the run.</summary>
    public string? When { get; init; }

    /// <summary>True when the condition is known and false: nothing below happens.</summary>
    public bool Skipped { get; init; }

    public ImmutableArray<string> Locks { get; init; } = [];

    public ImmutableArray<string> Roles { get; init; } = [];

    public int? Quorum { get; init; }

    public ImmutableArray<string> EscalateTo { get; init; } = [];

    public TimeSpan? Timeout { get; init; }

    /// <summary>What the step waits for, loops over, or asks; for people.</summary>
    public string? Detail { get; init; }
}
