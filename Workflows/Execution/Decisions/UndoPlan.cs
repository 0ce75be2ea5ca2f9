using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

/// <summary>What an undo of the run would do now.</summary>
/// <param name="Undone">Steps that would be taken back, the last done first; side by side where branches were.</param>
/// <param name="Irreversible">Done steps that nothing takes back although they may have had an effect, the last done first.</param>
public sealed record UndoPlan(IReadOnlyList<StepPath> Undone, IReadOnlyList<StepPath> Irreversible);
