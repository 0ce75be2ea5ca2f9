using System.Collections.Frozen;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary>Who decides on which kind of step.</summary>
internal static class StepHandlers
{
    public static FrozenDictionary<Type, IStepHandler> ByKind { get; } = new Dictionary<Type, IStepHandler>
    {
        [typeof(RunStep)] = new RunHandler(),
        [typeof(SequenceStep)] = new SequenceHandler(),
        [typeof(ParallelStep)] = new ParallelHandler(),
        [typeof(ForEachStep)] = new ForEachHandler(),
        [typeof(IfStep)] = new IfHandler(),
        [typeof(RepeatStep)] = new RepeatHandler(),
        [typeof(TryStep)] = new TryHandler(),
        [typeof(ApprovalStep)] = new ApprovalHandler(),
        [typeof(WaitStep)] = new WaitHandler(),
        [typeof(RunbookStep)] = new RunbookHandler(),
    }.ToFrozenDictionary();
}
