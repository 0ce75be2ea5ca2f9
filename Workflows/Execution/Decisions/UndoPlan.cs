using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

/// <summary>What an undo of the run would do now.</summary>
/// <param name="Undone">Steps that would be taken back, the last done first; side by side where branches were.</param>
/// <param name="Irreversible">Done steps that nothing takes back although they may have had an effect, the last done first.</param>
public sealed record UndoPlan(IReadOnlyList<StepPath> Undone, IReadOnlyList<StepPath> Irreversible)
{
    /// <summary>Steps at or within a block that can still be taken back, the last done first.</summary>
    internal static IEnumerable<StepPath> Left(StepState step)
    {
        if (step.UndoLeft == 0)
        {
            return [];
        }

        return step.IsLeaf ? [step.Path] : step.Children.Where(child => child.UndoLeft > 0).OrderByDescending(child => child.Rank).SelectMany(Left);
    }
}
