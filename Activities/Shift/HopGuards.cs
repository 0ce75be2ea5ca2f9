using System.Collections.Immutable;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Shift;

/// <summary>Asks the guards of a hop: all that can be foreseen before its plan is durable, and every one between the plan and the first label.</summary>
internal sealed class HopGuards(GuardFactsReader guardFacts)
{
    /// <summary>Guards that time alone may fix; a refusal by any other needs somebody to change something.</summary>
    private static readonly ImmutableHashSet<string> Passing = ["readiness", "traffic", "queue-lag", "online-drained", "drain", "pressure"];

    /// <summary>Guards that the shift sees to itself once the others hold: it stores the way back, and blocks batch submissions.</summary>
    private static readonly ImmutableHashSet<string> Own = ["way-back", "batch-submissions"];

    public static IEnumerable<GuardResult> Foreseen(ShiftWork work, ShiftPlanned plan, GuardFacts facts) =>
        Asked(Guards.Check(plan.From, plan.To, facts, work.Arguments.Waive), work).Where(guard => !Own.Contains(guard.Name));

    /// <summary>
    /// Asks every guard, between the plan being durable and the first label: those that the shift sees to itself now as well, by what
    /// the journal and the cluster show of them.
    /// </summary>
    /// <param name="facts">Those the plan was made on; null in an attempt that found the plan in the journal, which reads all anew.</param>
    /// <returns>The guards that were waived, with the reasons.</returns>
    public async Task<IEnumerable<KeyValuePair<string, string>>> ClearAsync(ShiftWork work, ShiftPlanned plan, int hop, GuardFacts? facts, CancellationToken cancellationToken)
    {
        if (ShiftWork.IsPeak(plan.To) && !ShiftWork.IsPeak(plan.From))
        {
            await work.Driver.FreezeBatchAsync(work.Lease, work.Key(HopKeys.Freeze(hop)), cancellationToken);
        }

        facts ??= await guardFacts.ReadAsync(work, plan, await work.Driver.SurveyAsync(cancellationToken), cancellationToken);
        facts = await GuardFactsReader.RefreshAsync(facts, HopKeys.Plan(hop), work, cancellationToken);
        var guards = Guards.Check(plan.From, plan.To, facts, work.Arguments.Waive);
        ThrowWhenRefused(plan, Asked(guards, work));
        return guards.Where(guard => guard.Outcome == GuardOutcome.Waived).Select(guard => KeyValuePair.Create(guard.Name, work.Arguments.Waive[guard.Name]));
    }

    public static void ThrowWhenRefused(ShiftPlanned plan, IEnumerable<GuardResult> guards)
    {
        var refused = guards.Where(guard => !guard.Holds).ToImmutableArray();
        if (!refused.IsEmpty)
        {
            var cost = plan.Kills is { } kills ? $" (it would kill {BatchKill.Tell(kills)})" : "";
            throw Refusal($"{plan.Cluster}: {plan.From.Id()} to {plan.To.Id()}{cost} is refused by {string.Join("; by ", refused)}", refused);
        }
    }

    public static ActivityFailedException Refusal(string message, ImmutableArray<GuardResult> refused) => new(new StepError("guard-refused", message)
    {
        Retryable = refused.All(guard => Passing.Contains(guard.Name)),
        Detail = WorkflowJson.ToElement(refused),
    });

    /// <summary>The guards that count: dead nodes hold up no way back.</summary>
    private static IEnumerable<GuardResult> Asked(IEnumerable<GuardResult> guards, ShiftWork work) =>
        work.LeavesUnready ? guards.Where(guard => guard.Name != "readiness") : guards;
}
