using System.Collections.Immutable;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Rules;

/// <summary>
/// A destructive step has an approval before it on every way that leads to it, unless the runbook is preauthorised. An
/// approval that a condition can skip, or that stands in a branch beside, does not count. Children inherit what was approved.
/// </summary>
internal sealed class ApprovalRule : IRunbookRule
{
    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context)
    {
        if (runbook.Preauthorised is not null)
        {
            return [];
        }

        var walk = new Walk(context);
        walk.Block(runbook.Steps, approved: false, child: null, [runbook.Name]);
        return walk.Diagnostics;
    }

    private sealed class Walk(RuleContext context)
    {
        public List<Diagnostic> Diagnostics { get; } = [];

        /// <returns>Whether an approval is certain to have been given when the block is done.</returns>
        public bool Block(ImmutableArray<Step> steps, bool approved, RunbookStep? child, ImmutableHashSet<string> running)
        {
            foreach (var step in steps)
            {
                var after = Step(step, approved, child, running);
                approved |= after && step.When is null;
            }

            return approved;
        }

        private bool Step(Step step, bool approved, RunbookStep? child, ImmutableHashSet<string> running)
        {
            switch (step)
            {
                case ApprovalStep:
                    return true;
                case RunStep run:
                    CheckRun(run, approved, child);
                    return approved;
                case SequenceStep sequence:
                    return Block(sequence.Steps, approved, child, running);
                case ParallelStep parallel:
                    return parallel.Branches.Select(branch => Block(branch.Steps, approved, child, running)).ToArray().Any(given => given);
                case ForEachStep loop:
                    // There may be no item, and then nobody was asked.
                    Block(loop.Steps, approved, child, running);
                    return approved;
                case RepeatStep repeat:
                    return Block(repeat.Steps, approved, child, running);
                case IfStep choice:
                    var then = Block(choice.Then, approved, child, running);
                    return Block(choice.Else, approved, child, running) && then;
                case TryStep attempt:
                    var body = Block(attempt.Steps, approved, child, running);
                    var caught = attempt.Catch.IsEmpty || Block(attempt.Catch, approved, child, running);
                    return Block(attempt.Finally, approved, child, running) || (body && caught);
                case RunbookStep other:
                    return Child(other, approved, child, running);
                default:
                    return approved;
            }
        }

        private bool Child(RunbookStep step, bool approved, RunbookStep? child, ImmutableHashSet<string> running)
        {
            if (running.Contains(step.Runbook) || context.FindRunbook(step.Runbook) is not { Preauthorised: null } runbook)
            {
                return approved;
            }

            return Block(runbook.Steps, approved, child ?? step, running.Add(step.Runbook));
        }

        private void CheckRun(RunStep run, bool approved, RunbookStep? child)
        {
            if (!approved && context.Catalog.Activities.TryGetValue(run.Activity, out var info) && info.Effect == Effect.Destructive)
            {
                Diagnostics.Add(context.Error(
                    (child ?? (Step)run).Position,
                    DiagnosticCodes.NeedsApproval,
                    child is null
                        ? $"step {run.Id} destroys something ({run.Activity}) and no approval is certain to come before it: put an approval step ahead, or give the runbook preauthorised: with the reason"
                        : $"runbook {child.Runbook} destroys something (step {run.Id}, {run.Activity}) and no approval is certain to come before it: put an approval step ahead of {child.Id}"));
            }
        }
    }
}
