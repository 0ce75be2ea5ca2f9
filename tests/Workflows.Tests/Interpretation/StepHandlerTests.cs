using System.Reflection;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Execution.Decisions.Handlers;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

/// <summary>A kind of step is a record of the closed family, one handler, and where it has to remember something, one state.</summary>
public sealed class StepHandlerTests
{
    private static readonly Step[] oneOfEach =
    [
        Run("a"), Sequence("s", Run("a")), Parallel("p", [Run("a")], [Run("b")]), ForEach("l", Value(new[] { 1 }), null, Run("a")), If("i", Value(true), [Run("a")]),
        Repeat("r", 2, null, TimeSpan.Zero, Run("a")), Try("t", [Run("a")], [Run("b")], [Run("c")]), Approval("go"), WaitFor("w", "1m"), Child("c"),
    ];

    private static IEnumerable<Type> Family(Type root) => root.Assembly.GetTypes().Where(type => type.IsSubclassOf(root)).OrderBy(type => type.Name, StringComparer.Ordinal);

    [Fact]
    public void Every_kind_of_step_has_a_handler_of_its_own()
    {
        Assert.Equal(Family(typeof(Step)), StepHandlers.ByKind.Keys.OrderBy(type => type.Name, StringComparer.Ordinal));
        Assert.All(StepHandlers.ByKind.Keys, kind => Assert.True(kind.IsSealed, $"{kind.Name} is not sealed"));
        Assert.Equal(StepHandlers.ByKind.Count, StepHandlers.ByKind.Values.Select(handler => handler.GetType()).Distinct().Count());
    }

    [Fact]
    public void Every_handler_is_in_the_table() => Assert.Equal(
        typeof(StepHandlers).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IStepHandler))).OrderBy(type => type.Name, StringComparer.Ordinal),
        StepHandlers.ByKind.Values.Select(handler => handler.GetType()).OrderBy(type => type.Name, StringComparer.Ordinal));

    /// <summary>One handler decides on all runs of the process, at once.</summary>
    [Fact]
    public void A_handler_has_no_state() => Assert.All(
        StepHandlers.ByKind.Values,
        handler => Assert.Empty(handler.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)));

    [Fact]
    public void The_kinds_with_steps_within_are_those_with_a_handler_for_blocks()
    {
        Assert.Equal(Family(typeof(Step)), oneOfEach.Select(step => step.GetType()).OrderBy(type => type.Name, StringComparer.Ordinal));
        Assert.All(oneOfEach, step => Assert.Equal(!StepTree.BlocksOf(step).IsEmpty, StepHandlers.ByKind[step.GetType()] is IBlockHandler));
    }

    [Fact]
    public void What_expressions_are_told_to_find_in_a_block_is_there()
    {
        foreach (var step in oneOfEach.Where(step => !StepTree.BlocksOf(step).IsEmpty))
        {
            var environmentClock = new Driver(new ARunbook(step) { OnFailure = FailurePolicy.Pause });
            var turn = new Turn(Driver.Expressions, StepHandlers.ByKind, new ARunbook(step), environmentClock.Run, environmentClock.Now, 1);
            var scope = new StepScope(turn, environmentClock.Step(step.Id));

            Assert.Contains("status", scope.Names);
            Assert.All(scope.Names, name => Assert.NotNull(scope.Get(name)));
            Assert.Null(scope.Get("nothing"));
        }
    }

    [Fact]
    public void The_states_of_the_kinds_are_a_closed_family()
    {
        var known = typeof(KindState).GetCustomAttributes<JsonDerivedTypeAttribute>().ToList();

        Assert.Equal(Family(typeof(KindState)), known.Select(kind => kind.DerivedType).OrderBy(type => type.Name, StringComparer.Ordinal));
        Assert.Equal(known.Count, known.Select(kind => kind.TypeDiscriminator).Distinct().Count());
    }
}
