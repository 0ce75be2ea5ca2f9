using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Tests.Runbooks;

/// <summary>One budget is over everything that one request reads: the runbook, its children and its rules.</summary>
public sealed class RequestBudgetTests
{
    private const string Child = "runbook: child\nsteps:\n  - { id: n, run: notify, with: { message: \"${ 'x'.repeat(2000) }\" } }\n";
    private const string Parent = "runbook: parent\nsteps:\n  - { id: c, runbook: child }\n  - { id: m, run: notify, with: { message: \"${ 1 + 1 } lent\" } }\n";

    private static RunbookReader Reader() => new(SampleCatalog.Instance, null, new RunbookLibrary([new("child", new RunbookFile("child.yaml", Child))]));

    [Fact]
    public void What_a_child_costs_counts_for_whoever_names_it()
    {
        var reader = Reader();

        var poor = reader.Read("parent.yaml", Parent, new EvaluationBudget(characters: 1000));
        var rich = reader.Read("parent.yaml", Parent, new EvaluationBudget(characters: 10_000));

        Assert.Equal([DiagnosticCodes.TooExpensive], poor.Diagnostics.Select(diagnostic => diagnostic.Code));
        // What one request could not afford is read anew for the next.
        Assert.NotNull(rich.Runbook);
    }

    /// <summary>The loop's list is evaluated as it is read, as the run's size is counted, and by a rule; the budget may end at each of them.</summary>
    [Theory]
    [InlineData(500)]
    [InlineData(1500)]
    public void What_a_rule_or_a_count_could_not_evaluate_is_told(int characters)
    {
        const string loop = "runbook: loop\nsteps:\n  - id: each\n    forEach: ${ Array(500).fill(1) }\n    as: one\n    steps:\n      - { id: n, run: notify, with: { message: hi } }\n";

        var poor = Reader().Read("loop.yaml", loop, new EvaluationBudget(characters: characters));
        var rich = Reader().Read("loop.yaml", loop, new EvaluationBudget(characters: 100_000));

        Assert.Single(poor.Diagnostics, diagnostic => diagnostic.Code == DiagnosticCodes.TooExpensive);
        Assert.Null(poor.Runbook);
        Assert.Empty(rich.Diagnostics);
    }

    [Fact]
    public void Whoever_has_left_has_nothing_more_evaluated()
    {
        using var left = new CancellationTokenSource();
        left.Cancel();
        var gone = new EvaluationBudget(cancellation: left.Token);
        var reader = Reader();

        Assert.Throws<OperationCanceledException>(() => reader.Read("parent.yaml", Parent, gone));
        Assert.Throws<OperationCanceledException>(() => reader.FindChild("child", gone));
        Assert.NotNull(reader.FindChild("child"));
    }

    [Fact]
    public void All_inputs_together_are_bounded()
    {
        var runbook = Reader().Read("a.yaml", "runbook: a\ninputs:\n  one: { type: string }\n  two: { type: string, default: \"\" }\nsteps:\n  - { id: n, run: notify, with: { message: hi } }\n").Runbook!;

        var refused = InputBinder.BindTexts(runbook, [$"one={new string('x', 600_000)}", $"two={new string('y', 600_000)}"]);
        var taken = InputBinder.BindTexts(runbook, [$"one={new string('x', 600_000)}"]);

        Assert.Equal(DiagnosticCodes.InputsTooLarge, Assert.Single(refused.Diagnostics).Code);
        Assert.True(taken.IsValid);
    }
}
