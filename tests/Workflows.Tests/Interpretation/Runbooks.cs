using CsCheck;
using Orchestrator.Workflows.Model.Runbooks;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

/// <summary>Generated runbooks of every step kind, nested at most three deep.</summary>
internal static class Runbooks
{
    /// <param name="wild">With time limits, rejections' consequences and mixed policies; else only what no order of answers can change.</param>
    public static Gen<ARunbook> Gen(bool wild) =>
        from body in Block(3, wild)
        from policy in wild ? OneOf(FailurePolicy.Pause, FailurePolicy.Undo, FailurePolicy.Continue) : OneOf(FailurePolicy.Pause, FailurePolicy.Undo)
        from locked in CsCheck.Gen.Bool
        select new ARunbook(Named(body)) { OnFailure = policy, Locks = locked ? ["cluster/a"] : [] };

    /// <summary>Siblings get ids by their place; across the blocks of one step by <paramref name="prefix"/>.</summary>
    private static Step[] Named(Step[] steps, string prefix = "s") => [.. steps.Select((step, index) => step with { Id = $"{prefix}{index}" })];

    private static Gen<FailurePolicy> OneOf(params FailurePolicy[] policies) => CsCheck.Gen.Int[0, policies.Length - 1].Select(index => policies[index]);

    private static Gen<Step[]> Block(int depth, bool wild) => Step(depth, wild).Array[1, 3];

    private static Gen<Step> Step(int depth, bool wild) =>
        from step in depth == 0 ? Leaf(wild) : CsCheck.Gen.Frequency((3, Leaf(wild)), (2, Nested(depth - 1, wild)))
        from condition in CsCheck.Gen.Int[0, 9]
        from locked in CsCheck.Gen.Int[0, 5]
        from policy in CsCheck.Gen.Int[0, wild ? 5 : 20]
        from limit in CsCheck.Gen.Int[0, 3]
        select step with
        {
            When = condition == 0 ? Code("inputs.nothing") : null,
            Locks = locked == 0 ? [Steps.Text("cluster/b")] : [],
            OnFailure = policy == 0 ? FailurePolicy.Continue : policy == 1 && wild ? FailurePolicy.Undo : policy == 2 && wild ? FailurePolicy.Pause : null,
            Timeout = wild && limit == 0 ? TimeSpan.FromSeconds(30) : null,
        };

    private static Gen<Step> Leaf(bool wild) => CsCheck.Gen.Frequency(
        (6, from attempts in CsCheck.Gen.Int[1, 3] from undo in CsCheck.Gen.Bool select (Step)Run("x", attempts, undo)),
        (1, from quorum in CsCheck.Gen.Int[1, 2] from escalate in CsCheck.Gen.Bool select (Step)Approval("x", quorum, null, escalate ? ["chief"] : [])),
        (1, CsCheck.Gen.Const((Step)WaitFor("x", "10s"))),
        (1, CsCheck.Gen.Const((Step)Signal("x", "go"))),
        (1, CsCheck.Gen.Const((Step)Child("x"))));

    private static Gen<Step> Nested(int depth, bool wild) => CsCheck.Gen.OneOf(
        from steps in Block(depth, wild) select (Step)Sequence("x", Named(steps)),
        from branches in Block(depth, wild).Array[1, 3] select (Step)Parallel("x", [.. branches.Select(branch => Named(branch))]),
        from steps in Block(depth, wild) from count in CsCheck.Gen.Int[0, 4] from width in CsCheck.Gen.Int[0, 2]
        select (Step)ForEach("x", Value(Enumerable.Range(0, count).Select(index => $"i{index}")), width == 0 ? null : width, Named(steps)),
        from then in Block(depth, wild) from otherwise in Block(depth, wild) from truth in CsCheck.Gen.Bool
        select (Step)If("x", Value(truth), Named(then, "t"), Named(otherwise, "e")),
        from steps in Block(depth, wild) from times in CsCheck.Gen.Int[1, 3] from delay in CsCheck.Gen.Int[0, 1]
        select (Step)Repeat("x", times, Code($"round >= {Math.Max(1, times - 1)}"), TimeSpan.FromSeconds(delay), Named(steps)),
        from steps in Block(depth, wild) from handle in Block(depth, wild) from atLast in Block(depth, wild) from blocks in CsCheck.Gen.Int[1, 3]
        select (Step)Try("x", Named(steps), (blocks & 1) != 0 ? Named(handle, "c") : null, (blocks & 2) != 0 ? Named(atLast, "f") : null));
}
