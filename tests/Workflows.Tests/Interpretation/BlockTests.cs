using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class BlockTests
{
    [Fact]
    public void Runs_branches_side_by_side_and_ends_when_all_have()
    {
        var environmentClock = new Driver(new ARunbook(Parallel("p", [Run("a")], [Run("b"), Run("c")]), Run("after")));

        Assert.Equal(["p/1/a", "p/2/b"], environmentClock.Tasks.Select(task => task.Path.Value));
        environmentClock.Complete("p/2/b").Complete("p/2/c");
        Assert.Equal("p/1/a", Assert.Single(environmentClock.Tasks).Path.Value);
        environmentClock.Complete("p/1/a");

        Assert.Equal("after", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void Runs_at_most_so_many_iterations_at_once()
    {
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(new[] { "x", "y", "z" }), 2, Run("a") with { With = With(("item", Code("item + index"))) })));

        Assert.Equal(["loop/x/a", "loop/y/a"], environmentClock.Tasks.Select(task => task.Path.Value));
        Assert.Equal("""{"item":"y1"}""", environmentClock.Task("loop/y/a").Arguments.GetRawText());
        environmentClock.Complete("loop/x/a");

        Assert.Equal(["loop/y/a", "loop/z/a"], environmentClock.Tasks.Select(task => task.Path.Value));
        Assert.Equal(RunStatus.Done, environmentClock.CompleteAll().Run.Status);
    }

    [Fact]
    public void Names_iterations_by_fit_texts_and_else_by_index()
    {
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(new object[] { "x", "x", "a/b", 7 }), null, Run("a"))));

        Assert.Equal(["loop/x/a", "loop/x~1/a", "loop/2/a", "loop/3/a"], environmentClock.Tasks.Select(task => task.Path.Value));
    }

    [Fact]
    public void Gives_the_results_of_all_iterations_to_later_steps()
    {
        var later = Run("sum") with { With = With(("all", Code("steps.loop.results")), ("first", Code("steps.loop.items[0].steps.a.result")), ("key", Code("steps.loop.items[1].key"))) };
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(new[] { "x", "y" }), null, Run("a")), later));

        environmentClock.Complete("loop/y/a", 2).Complete("loop/x/a", 1);

        Assert.Equal("""{"all":[1,2],"first":1,"key":"y"}""", environmentClock.Task("sum").Arguments.GetRawText());
    }

    [Fact]
    public void Is_done_at_once_with_a_loop_over_nothing()
    {
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(Array.Empty<string>()), null, Run("a"))));

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Refuses_to_loop_over_what_is_no_array()
    {
        var environmentClock = new Driver(new ARunbook(ForEach("loop", Value(3), null, Run("a"))));

        Assert.Equal("wrong-type", Assert.Single(environmentClock.Run.Incidents.Values).Error.Code);
    }

    [Theory]
    [InlineData(true, "if/a")]
    [InlineData(false, "if/b")]
    public void Takes_one_of_two_branches(bool truth, string begun)
    {
        var environmentClock = new Driver(new ARunbook(If("if", Value(truth), [Run("a")], Run("b"))));

        Assert.Equal(begun, Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void Repeats_after_a_pause_until_the_condition_is_met()
    {
        var environmentClock = new Driver(new ARunbook(Repeat("poll", 5, Code("steps.a.result == 'ready'"), TimeSpan.FromSeconds(10), Run("a"))));

        environmentClock.Complete("poll/1/a", "no");
        Assert.Empty(environmentClock.Tasks);
        environmentClock.Pass(TimeSpan.FromSeconds(10)).Complete("poll/2/a", "ready");

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Fails_a_repeat_that_never_meets_its_condition_and_repeats_again_on_retry()
    {
        var environmentClock = new Driver(new ARunbook(Repeat("poll", 2, Code("round == 3"), TimeSpan.Zero, Run("a"))));

        environmentClock.Complete("poll/1/a").Complete("poll/2/a");
        Assert.Equal("repeat-exhausted", Assert.Single(environmentClock.Run.Incidents.Values).Error.Code);
        environmentClock.Give(new RetryStep(new StepPath("poll"), "op", null));
        environmentClock.Complete("poll/3/a");

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Hands_a_failure_to_the_catch_and_runs_finally_after_it()
    {
        var handle = Run("c") with { With = With(("code", Code("error.code")), ("step", Code("error.step"))) };
        var environmentClock = new Driver(new ARunbook(Try("t", [Sequence("inner", Run("a")), Run("never")], [handle], [Run("f")]), Run("after")));

        environmentClock.Fail("t/inner/a");
        Assert.Equal("""{"code":"broken","step":"t/inner/a"}""", environmentClock.Task("t/c").Arguments.GetRawText());
        environmentClock.Complete("t/c").Complete("t/f");

        Assert.Equal("after", Assert.Single(environmentClock.Tasks).Path.Value);
        Assert.Equal(StepStatus.Done, environmentClock.Status("t"));
    }

    [Fact]
    public void Runs_finally_and_then_fails_to_the_next_catch_when_the_catch_fails()
    {
        var environmentClock = new Driver(new ARunbook(Try("outer", [Try("t", [Run("a")], [Run("c")], [Run("f")])], [Run("last")])));

        environmentClock.Fail("outer/t/a").Fail("outer/t/c", "worse").Complete("outer/t/f");

        Assert.Equal("worse", environmentClock.Step("outer/t").Error!.Code);
        Assert.Equal("outer/last", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void Opens_an_incident_in_a_try_without_a_catch()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Run("a")], null, [Run("f")])));

        environmentClock.Fail("t/a");

        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);
        Assert.Empty(environmentClock.Tasks);
    }

    [Fact]
    public void Fails_a_block_whose_time_is_up_and_goes_on_where_it_was_on_retry()
    {
        var environmentClock = new Driver(new ARunbook(Sequence("s", Run("a"), Run("b"), Run("c")) with { Timeout = TimeSpan.FromMinutes(1) }));

        environmentClock.Complete("s/a").Pass(TimeSpan.FromMinutes(1));
        Assert.Equal("timeout", Assert.Single(environmentClock.Run.Incidents.Values).Error.Code);
        Assert.Contains(environmentClock.Last.Commands, command => command is AbandonTask { Path.Value: "s/b" });
        environmentClock.Give(new RetryStep(new StepPath("s"), "op", null));

        Assert.Equal(2, environmentClock.Task("s/b").Attempt);
        Assert.Equal(RunStatus.Done, environmentClock.CompleteAll().Run.Status);
        Assert.Equal(["s/a", "s/b", "s/c", "s"], environmentClock.Order<StepCompleted>());
    }

    [Fact]
    public void Lets_other_branches_go_on_while_an_incident_waits()
    {
        var environmentClock = new Driver(new ARunbook(Parallel("p", [Run("a")], [Run("b"), Run("c")])));

        environmentClock.Fail("p/1/a").Complete("p/2/b");

        Assert.Equal("p/2/c", Assert.Single(environmentClock.Tasks).Path.Value);
        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);
    }

    [Fact]
    public void Lets_other_branches_end_before_a_catch_begins()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Parallel("p", [Run("a")], [Run("b")])], [Run("c")])));

        environmentClock.Fail("t/p/1/a");
        Assert.Equal("t/p/2/b", Assert.Single(environmentClock.Tasks).Path.Value);
        environmentClock.Complete("t/p/2/b");

        Assert.Equal("t/c", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void Goes_past_a_failure_with_policy_continue_and_ends_failed()
    {
        var environmentClock = new Driver(new ARunbook(Run("a") with { OnFailure = FailurePolicy.Continue }, Run("b")));

        environmentClock.Fail("a").Complete("b");

        Assert.Equal(RunStatus.Failed, environmentClock.Run.Status);
        Assert.Contains("a", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reopens_a_failed_run_when_its_failed_step_is_retried()
    {
        var environmentClock = new Driver(new ARunbook(Sequence("s", Run("a") with { OnFailure = FailurePolicy.Continue }) with { Locks = [Steps.Text("x")] }, Run("b")) { Locks = ["y"] });
        environmentClock.Grant("").Grant("s").Fail("s/a").Complete("b");

        environmentClock.Give(new RetryStep(new StepPath("s/a"), "op", "fixed"));
        Assert.Empty(environmentClock.Tasks);
        environmentClock.Grant("s").Grant("").Complete("s/a");

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
        Assert.Empty(environmentClock.Run.Locks);
        Assert.Equal([("b", 1), ("s/a", 2)], environmentClock.Events.OfType<StepCompleted>().Where(done => done.Path.Value != "s").Select(done => (done.Path.Value, environmentClock.Run.Find(done.Path)!.Attempt)));
    }
}
