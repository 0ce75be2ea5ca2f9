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
        var night = new Driver(new ARunbook(Parallel("p", [Run("a")], [Run("b"), Run("c")]), Run("after")));

        Assert.Equal(["p/1/a", "p/2/b"], night.Tasks.Select(task => task.Path.Value));
        night.Complete("p/2/b").Complete("p/2/c");
        Assert.Equal("p/1/a", Assert.Single(night.Tasks).Path.Value);
        night.Complete("p/1/a");

        Assert.Equal("after", Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void Runs_at_most_so_many_iterations_at_once()
    {
        var night = new Driver(new ARunbook(ForEach("loop", Value(new[] { "x", "y", "z" }), 2, Run("a") with { With = With(("item", Code("item + index"))) })));

        Assert.Equal(["loop/x/a", "loop/y/a"], night.Tasks.Select(task => task.Path.Value));
        Assert.Equal("""{"item":"y1"}""", night.Task("loop/y/a").Arguments.GetRawText());
        night.Complete("loop/x/a");

        Assert.Equal(["loop/y/a", "loop/z/a"], night.Tasks.Select(task => task.Path.Value));
        Assert.Equal(RunStatus.Done, night.CompleteAll().Run.Status);
    }

    [Fact]
    public void Names_iterations_by_fit_texts_and_else_by_index()
    {
        var night = new Driver(new ARunbook(ForEach("loop", Value(new object[] { "x", "x", "a/b", 7 }), null, Run("a"))));

        Assert.Equal(["loop/x/a", "loop/x~1/a", "loop/2/a", "loop/3/a"], night.Tasks.Select(task => task.Path.Value));
    }

    [Fact]
    public void Gives_the_results_of_all_iterations_to_later_steps()
    {
        var later = Run("sum") with { With = With(("all", Code("steps.loop.results")), ("first", Code("steps.loop.items[0].steps.a.result")), ("key", Code("steps.loop.items[1].key"))) };
        var night = new Driver(new ARunbook(ForEach("loop", Value(new[] { "x", "y" }), null, Run("a")), later));

        night.Complete("loop/y/a", 2).Complete("loop/x/a", 1);

        Assert.Equal("""{"all":[1,2],"first":1,"key":"y"}""", night.Task("sum").Arguments.GetRawText());
    }

    [Fact]
    public void Is_done_at_once_with_a_loop_over_nothing()
    {
        var night = new Driver(new ARunbook(ForEach("loop", Value(Array.Empty<string>()), null, Run("a"))));

        Assert.Equal(RunStatus.Done, night.Run.Status);
    }

    [Fact]
    public void Refuses_to_loop_over_what_is_no_array()
    {
        var night = new Driver(new ARunbook(ForEach("loop", Value(3), null, Run("a"))));

        Assert.Equal("wrong-type", Assert.Single(night.Run.Incidents.Values).Error.Code);
    }

    [Theory]
    [InlineData(true, "if/a")]
    [InlineData(false, "if/b")]
    public void Takes_one_of_two_branches(bool truth, string begun)
    {
        var night = new Driver(new ARunbook(If("if", Value(truth), [Run("a")], Run("b"))));

        Assert.Equal(begun, Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void Repeats_after_a_pause_until_the_condition_is_met()
    {
        var night = new Driver(new ARunbook(Repeat("poll", 5, Code("steps.a.result == 'ready'"), TimeSpan.FromSeconds(10), Run("a"))));

        night.Complete("poll/1/a", "no");
        Assert.Empty(night.Tasks);
        night.Pass(TimeSpan.FromSeconds(10)).Complete("poll/2/a", "ready");

        Assert.Equal(RunStatus.Done, night.Run.Status);
    }

    [Fact]
    public void Fails_a_repeat_that_never_meets_its_condition_and_repeats_again_on_retry()
    {
        var night = new Driver(new ARunbook(Repeat("poll", 2, Code("round == 3"), TimeSpan.Zero, Run("a"))));

        night.Complete("poll/1/a").Complete("poll/2/a");
        Assert.Equal("repeat-exhausted", Assert.Single(night.Run.Incidents.Values).Error.Code);
        night.Give(new RetryStep(new StepPath("poll"), "op", null));
        night.Complete("poll/3/a");

        Assert.Equal(RunStatus.Done, night.Run.Status);
    }

    [Fact]
    public void Hands_a_failure_to_the_catch_and_runs_finally_after_it()
    {
        var handle = Run("c") with { With = With(("code", Code("error.code")), ("step", Code("error.step"))) };
        var night = new Driver(new ARunbook(Try("t", [Sequence("inner", Run("a")), Run("never")], [handle], [Run("f")]), Run("after")));

        night.Fail("t/inner/a");
        Assert.Equal("""{"code":"broken","step":"t/inner/a"}""", night.Task("t/c").Arguments.GetRawText());
        night.Complete("t/c").Complete("t/f");

        Assert.Equal("after", Assert.Single(night.Tasks).Path.Value);
        Assert.Equal(StepStatus.Done, night.Status("t"));
    }

    [Fact]
    public void Runs_finally_and_then_fails_to_the_next_catch_when_the_catch_fails()
    {
        var night = new Driver(new ARunbook(Try("outer", [Try("t", [Run("a")], [Run("c")], [Run("f")])], [Run("last")])));

        night.Fail("outer/t/a").Fail("outer/t/c", "worse").Complete("outer/t/f");

        Assert.Equal("worse", night.Step("outer/t").Error!.Code);
        Assert.Equal("outer/last", Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void Opens_an_incident_in_a_try_without_a_catch()
    {
        var night = new Driver(new ARunbook(Try("t", [Run("a")], null, [Run("f")])));

        night.Fail("t/a");

        Assert.Equal(RunStatus.Incident, night.Run.Status);
        Assert.Empty(night.Tasks);
    }

    [Fact]
    public void Fails_a_block_whose_time_is_up_and_goes_on_where_it_was_on_retry()
    {
        var night = new Driver(new ARunbook(Sequence("s", Run("a"), Run("b"), Run("c")) with { Timeout = TimeSpan.FromMinutes(1) }));

        night.Complete("s/a").Pass(TimeSpan.FromMinutes(1));
        Assert.Equal("timeout", Assert.Single(night.Run.Incidents.Values).Error.Code);
        Assert.Contains(night.Last.Commands, command => command is AbandonTask { Path.Value: "s/b" });
        night.Give(new RetryStep(new StepPath("s"), "op", null));

        Assert.Equal(2, night.Task("s/b").Attempt);
        Assert.Equal(RunStatus.Done, night.CompleteAll().Run.Status);
        Assert.Equal(["s/a", "s/b", "s/c", "s"], night.Order<StepCompleted>());
    }

    [Fact]
    public void Lets_other_branches_go_on_while_an_incident_waits()
    {
        var night = new Driver(new ARunbook(Parallel("p", [Run("a")], [Run("b"), Run("c")])));

        night.Fail("p/1/a").Complete("p/2/b");

        Assert.Equal("p/2/c", Assert.Single(night.Tasks).Path.Value);
        Assert.Equal(RunStatus.Incident, night.Run.Status);
    }

    [Fact]
    public void Lets_other_branches_end_before_a_catch_begins()
    {
        var night = new Driver(new ARunbook(Try("t", [Parallel("p", [Run("a")], [Run("b")])], [Run("c")])));

        night.Fail("t/p/1/a");
        Assert.Equal("t/p/2/b", Assert.Single(night.Tasks).Path.Value);
        night.Complete("t/p/2/b");

        Assert.Equal("t/c", Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void Goes_past_a_failure_with_policy_continue_and_ends_failed()
    {
        var night = new Driver(new ARunbook(Run("a") with { OnFailure = FailurePolicy.Continue }, Run("b")));

        night.Fail("a").Complete("b");

        Assert.Equal(RunStatus.Failed, night.Run.Status);
        Assert.Contains("a", night.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reopens_a_failed_run_when_its_failed_step_is_retried()
    {
        var night = new Driver(new ARunbook(Sequence("s", Run("a") with { OnFailure = FailurePolicy.Continue }) with { Locks = [Steps.Text("x")] }, Run("b")) { Locks = ["y"] });
        night.Grant("").Grant("s").Fail("s/a").Complete("b");

        night.Give(new RetryStep(new StepPath("s/a"), "op", "mended"));
        Assert.Empty(night.Tasks);
        night.Grant("s").Grant("").Complete("s/a");

        Assert.Equal(RunStatus.Done, night.Run.Status);
        Assert.Empty(night.Run.Locks);
        Assert.Equal([("b", 1), ("s/a", 2)], night.Events.OfType<StepCompleted>().Where(done => done.Path.Value != "s").Select(done => (done.Path.Value, night.Run.Find(done.Path)!.Attempt)));
    }
}
