using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>
/// One decision in the making: what it decides on, and the draft of what follows. The parts of a decision and the handlers of
/// the step kinds have no state of their own; they read the run here and add to the draft. Lives as long as the decision.
/// </summary>
internal sealed class Turn(
    ExpressionEvaluator expressions, FrozenDictionary<Type, IStepHandler> handlers, Runbook runbook, RunState run, DateTimeOffset now, int format)
{
    private readonly ImmutableArray<RunEvent>.Builder events = ImmutableArray.CreateBuilder<RunEvent>();
    private readonly Queue<Visit> visits = new();
    private ImmutableArray<Command>.Builder? commands;
    private ImmutableArray<TimerChange>.Builder? timers;
    private StepNames? names;
    private BlockPlan? outermost;

    public ExpressionEvaluator Expressions => expressions;

    public Runbook Runbook => runbook;

    /// <summary>Advances with every event of the draft.</summary>
    public RunState Run => run;

    public DateTimeOffset Now => now;

    /// <summary>In which events are written.</summary>
    public int ProtocolVersion => format;

    /// <summary>Who answers the incidents that this decision closes.</summary>
    public string Actor { get; set; } = "policy";

    /// <summary>The run is given up while it is held: what its steps would have to evaluate is left out.</summary>
    public bool EvaluatesNothing { get; set; }

    /// <summary>The names that expressions can use.</summary>
    public StepNames Names => names ??= new StepNames(this);

    /// <summary>The runbook's own steps.</summary>
    public BlockPlan Outermost => outermost ??= StepPlan.Of(runbook);

    public IStepHandler HandlerOf(StepPlan plan) => handlers[plan.Step.GetType()];

    public IBlockHandler BlockHandlerOf(StepPlan plan) => (IBlockHandler)handlers[plan.Step.GetType()];

    public void Emit(RunEvent happened)
    {
        events.Add(happened);
        run.Apply(happened, now);
    }

    public void Issue(Command command) => (commands ??= ImmutableArray.CreateBuilder<Command>()).Add(command);

    public void Change(TimerChange timer) => (timers ??= ImmutableArray.CreateBuilder<TimerChange>()).Add(timer);

    /// <summary>
    /// What ends a step asks for a look at the block around it instead of calling it, so that long chains of steps that end at once need
    /// no deep stack, and every look costs only the block's depth.
    /// </summary>
    /// <param name="ended">The child after which the block goes on; null: look wherever it stands.</param>
    public void Visit(StepState block, StepState? ended = null) => visits.Enqueue(new Visit(block, ended));

    public bool NextVisit(out Visit visit) => visits.TryDequeue(out visit);

    public Decision ToDecision()
    {
        if (commands is not null)
        {
            DropAbandoned(commands);
        }

        return events.Count == 0 && commands is not { Count: > 0 } && timers is null
            ? Decision.Nothing
            : new Decision(events.DrainToImmutable(), commands?.DrainToImmutable() ?? [], timers?.DrainToImmutable() ?? []);
    }

    /// <summary>A task that the same decision issued and gave up is never handed out.</summary>
    private static void DropAbandoned(ImmutableArray<Command>.Builder commands)
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
}

/// <summary>A block that has to be looked at, and the child whose end is the reason.</summary>
internal readonly record struct Visit(StepState Block, StepState? Ended);
