using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class UndoTests
{
    [Fact]
    public void Takes_the_step_that_failed_half_way_back_and_then_the_completed_ones_in_reverse()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c", undo: true)) { OnFailure = FailurePolicy.Undo });

        night.Complete("a", 1).Complete("b", 2).Fail("c");
        Assert.Equal(("c", """{"of":null}"""), (Assert.Single(night.Tasks).Path.Value, night.Task("c").Arguments.GetRawText()));
        night.Complete("c");
        Assert.Equal(("b", """{"of":2}"""), (Assert.Single(night.Tasks).Path.Value, night.Task("b").Arguments.GetRawText()));
        Assert.EndsWith("/b/undo", night.Task("b").IdempotencyKey, StringComparison.Ordinal);
        night.Complete("b").Complete("a");

        Assert.Equal(RunStatus.Undone, night.Run.Status);
        Assert.Equal(["c", "b", "a"], night.Order<StepUndone>());
    }

    [Fact]
    public void A_step_that_failed_half_way_and_whose_undo_needs_its_result_is_named_and_nothing_is_called_undone()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true), Run("b") with { Undo = new Undo("undo.b", With(("x", Code("result.name"))), RetryPolicy.None, null, default) }) { OnFailure = FailurePolicy.Undo });

        night.Complete("a", 1).Fail("b");
        night.CompleteAll();

        Assert.Equal(["a"], night.Order<StepUndone>());
        Assert.Equal((RunOutcome.UndoIncomplete, RunStatus.UndoIncomplete), (night.Run.Outcome, night.Run.Status));
        Assert.Equal(ErrorCodes.UndoIncomplete, night.Run.Error!.Code);
        Assert.EndsWith("Still in place: b.", night.Run.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StepStatus.Failed)]
    [InlineData(StepStatus.Cancelled)]
    public void A_failed_or_cancelled_step_that_recorded_something_is_left_in_place_by_name(StepStatus how)
    {
        var night = new Driver(new ARunbook(Run("a", undo: true), Sequence("s", Run("b")) with { Timeout = TimeSpan.FromMinutes(1) }) { OnFailure = FailurePolicy.Undo });
        night.Complete("a", 1);
        night.Give(new ReportFact(new StepPath("s/b"), 1, false, "moved", System.Text.Json.JsonSerializer.SerializeToElement(3)));

        if (how == StepStatus.Failed) night.Fail("s/b");
        else night.Pass(TimeSpan.FromMinutes(2));
        night.CompleteAll();

        Assert.Equal(how, night.Status("s/b"));
        Assert.Equal(["a"], night.Order<StepUndone>());
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);
        Assert.EndsWith("Still in place: s/b.", night.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_a_node_of_the_version_before_is_there_it_ends_failed_with_the_code()
    {
        ARunbook runbook = new(Run("b", undo: true)) { OnFailure = FailurePolicy.Undo };
        var night = new Driver(runbook).Fail("b");
        var undo = night.Task("b");

        var ends = night.Interpreter.Decide(
            runbook, night.Run, new FailTask(undo.Path, undo.Attempt, undo.Undo, new StepError("broken", "It broke.") { Retryable = false }), night.Now, Workflows.Model.Membership.Formats.UndoIncomplete - 1);

        var ended = Assert.Single(ends.Events.OfType<RunEnded>());
        Assert.Equal((RunOutcome.Failed, ErrorCodes.UndoIncomplete), (ended.Outcome, ended.Error!.Code));
    }

    [Fact]
    public void A_run_that_was_left_in_place_can_be_undone_again()
    {
        var night = new Driver(new ARunbook(Run("b", undo: true)) { OnFailure = FailurePolicy.Undo }).Fail("b").Fail("b", retryable: false);
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);

        night.Give(new RetryStep(new StepPath("b"), "op", null));
        night.Complete("b");

        Assert.Equal(RunStatus.Undone, night.Run.Status);
    }

    [Fact]
    public void A_child_that_left_something_in_place_is_an_undo_that_failed()
    {
        var night = new Driver(new ARunbook(Child("kid"), Run("b")) { OnFailure = FailurePolicy.Undo });
        var start = Assert.Single(night.Commands.OfType<StartChild>());
        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));
        night.Fail("b");
        var undo = Assert.Single(night.Commands.OfType<UndoChild>());

        night.Give(new EndChild(undo.Path, undo.Child, RunOutcome.UndoIncomplete, new StepError(ErrorCodes.UndoIncomplete, "Not all could be taken back. Still in place: x.")));

        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);
        Assert.Contains("Still in place: kid.", night.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_undo_could_not_take_back_stands_by_name_with_the_reason_and_holds_nothing_up()
    {
        // Policy pause: nobody is asked, since trying again at once would not help.
        var night = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c")));
        night.Complete("a", 1).Complete("b", 2).Complete("c");
        night.Give(new UndoRun("op", null));

        night.Complete("b", new { left = new[] { new { name = "n-1", reason = "it is dead" }, new { name = "n-2", reason = "refused with 403" } } });
        night.Complete("a");

        Assert.Equal((StepStatus.UndoFailed, StepStatus.Undone), (night.Status("b"), night.Status("a")));
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);
        Assert.Equal("Not all could be taken back. Still in place: b (n-1: it is dead; n-2: refused with 403).", night.Run.Error!.Message);
        Assert.Equal(
            "{\"left\":[{\"step\":\"b\",\"name\":\"n-1\",\"reason\":\"it is dead\"},{\"step\":\"b\",\"name\":\"n-2\",\"reason\":\"refused with 403\"}],\"more\":0}",
            night.Run.Error.Detail!.Value.GetRawText());
        Assert.Equal([new LeftInPlace("n-1", "it is dead"), new LeftInPlace("n-2", "refused with 403")], Assert.Single(night.Events.OfType<UndoFailed>()).Left);
    }

    [Fact]
    public void What_stands_is_taken_back_by_a_retry_after_the_end()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true)));
        night.Complete("a", 1);
        night.Give(new UndoRun("op", null));
        night.Complete("a", new { left = new[] { new { name = "n-1", reason = "it is dead" } } });
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);

        night.Give(new RetryStep(new StepPath("a"), "op", "n-1 is back"));
        night.Reload();
        Assert.Equal((true, 2), (night.Task("a").Undo, night.Task("a").Attempt));
        night.Complete("a");

        Assert.Equal((RunStatus.Undone, (StepError?)null), (night.Run.Status, night.Run.Error));
    }

    [Fact]
    public void A_report_that_makes_no_sense_says_that_something_stands()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true)));
        night.Complete("a", 1);
        night.Give(new UndoRun("op", null));

        night.Complete("a", new { left = new object[] { 7, new { name = "n-1" } } });

        Assert.Equal([new LeftInPlace("something", "no reason given"), new LeftInPlace("n-1", "no reason given")], Assert.Single(night.Events.OfType<UndoFailed>()).Left);
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);
    }

    [Fact]
    public void The_result_of_a_step_that_is_no_undo_may_name_whatever_it_likes()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true))).Complete("a", new { left = new[] { new { name = "n-1", reason = "mine" } } });

        night.Give(new UndoRun("op", null));
        night.Complete("a", new { left = Array.Empty<object>() });

        Assert.Equal(RunStatus.Undone, night.Run.Status);
    }

    [Fact]
    public void Of_thousands_that_stand_the_end_names_some_and_counts_the_rest()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true)));
        night.Complete("a", 1);
        night.Give(new UndoRun("op", null));

        night.Complete("a", new { left = Enumerable.Range(1, 5_000).Select(number => new { name = $"n-{number}", reason = "it is dead" }) });

        Assert.EndsWith("n-5: it is dead and 4995 more).", night.Run.Error!.Message, StringComparison.Ordinal);
        Assert.Equal((100, 4_900), (night.Run.Error.Detail!.Value.GetProperty("left").GetArrayLength(), night.Run.Error.Detail.Value.GetProperty("more").GetInt32()));
        Assert.Equal(5_000, Assert.Single(night.Events.OfType<UndoFailed>()).Left.Length);
    }

    [Fact]
    public void A_child_that_left_something_in_place_asks_nobody_and_its_words_reach_the_parent()
    {
        var night = new Driver(new ARunbook(Child("kid"), Run("b")));
        var start = Assert.Single(night.Commands.OfType<StartChild>());
        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));
        night.Complete("b");
        night.Give(new UndoRun("op", null));
        var undo = Assert.Single(night.Commands.OfType<UndoChild>());

        night.Give(new EndChild(undo.Path, undo.Child, RunOutcome.UndoIncomplete, new StepError(ErrorCodes.UndoIncomplete, "Not all could be taken back. Still in place: x.")));

        Assert.Empty(night.Run.Incidents);
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);
        Assert.Contains("Still in place: x.", night.Run.Error!.Detail!.Value.GetProperty("left")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lets_running_tasks_end_first_and_takes_them_back_too()
    {
        var night = new Driver(new ARunbook(Parallel("p", [Run("a", undo: true)], [Run("b")])) { OnFailure = FailurePolicy.Undo });

        night.Fail("p/2/b");
        Assert.False(Assert.Single(night.Tasks).Undo);
        night.Complete("p/1/a", 1);

        Assert.True(night.Task("p/1/a").Undo);
        Assert.Equal(RunStatus.Undone, night.CompleteAll().Run.Status);
    }

    [Fact]
    public void Takes_branches_back_side_by_side_and_iterations_as_wide_as_they_ran()
    {
        var night = new Driver(new ARunbook(
            ForEach("loop", Value(new[] { "x", "y", "z" }), 2, Run("a", undo: true)),
            Parallel("p", [Run("a", undo: true)], [Run("b", undo: true)])));
        while (!night.Run.IsEnded)
        {
            night.Complete(night.Tasks.First().Path.Value, 1);
        }

        night.Give(new UndoRun("op", "sale is off"));
        Assert.Equal(["p/1/a", "p/2/b"], night.Tasks.Select(task => task.Path.Value).Order());
        night.Complete("p/1/a").Complete("p/2/b");
        Assert.Equal(2, night.Tasks.Count());
        night.CompleteAll();

        Assert.Equal(RunStatus.Undone, night.Run.Status);
        Assert.Equal("loop/x/a", night.Order<StepUndone>()[^1]);
    }

    [Fact]
    public void Waits_for_an_operator_when_an_undo_fails_under_policy_pause()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c")));
        night.Complete("a", 1).Complete("b", 1);
        night.Give(new UndoRun("op", null));
        night.Complete("c");

        night.Fail("b");
        Assert.Equal(RunStatus.Incident, night.Run.Status);
        night.Give(new RetryStep(new StepPath("b"), "op", null));
        Assert.Equal(2, night.Task("b").Attempt);
        night.Fail("b");
        night.Give(new SkipStep(new StepPath("b"), "op", "done by hand"));
        night.Complete("a");

        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);
        Assert.Contains("Still in place: b.", night.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Goes_on_past_a_failed_undo_under_policy_undo_and_can_be_retried_after_the_end()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c")) { OnFailure = FailurePolicy.Undo });
        night.Complete("a", 1).Complete("b", 1).Fail("c").Fail("b").Complete("a");
        Assert.Equal(RunStatus.UndoIncomplete, night.Run.Status);

        night.Give(new RetryStep(new StepPath("b"), "op", null));
        night.Complete("b");

        Assert.Equal(RunStatus.Undone, night.Run.Status);
    }

    [Fact]
    public void Asks_a_completed_child_to_undo_itself()
    {
        var night = new Driver(new ARunbook(Child("kid"), Run("b")) { OnFailure = FailurePolicy.Undo });
        var start = Assert.Single(night.Commands.OfType<StartChild>());
        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));

        night.Fail("b");
        var undo = Assert.Single(night.Commands.OfType<UndoChild>());
        Assert.Equal(start.Child, undo.Child);
        night.Give(new EndChild(undo.Path, undo.Child, RunOutcome.Undone, null));

        Assert.Equal(RunStatus.Undone, night.Run.Status);
    }

    [Fact]
    public void Answers_its_parent_again_when_a_child_that_had_ended_is_undone()
    {
        var parent = new ParentStep(new RunId(Guid.NewGuid()), new StepPath("kid"));
        var night = new Driver(new ARunbook(Run("a")), parent: parent);
        night.Complete("a");

        night.Give(new UndoRun("parent", null));

        Assert.Contains(night.Last.Commands, command => command is TellParent { Outcome: RunOutcome.Undone });
        Assert.Equal("undoing", night.Give(new UndoRun("parent", null)).Refusal!.Code);
    }

    [Fact]
    public void Fails_a_step_whose_way_back_cannot_be_told()
    {
        var night = new Driver(new ARunbook(Run("a") with { Undo = new Undo("undo.a", With(("x", Code("result.none.deep"))), RetryPolicy.None, null, default) }));

        night.Complete("a", new { });

        Assert.StartsWith("The activity is done, but", Assert.Single(night.Run.Incidents.Values).Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_before_an_undo_what_it_will_take_back_and_what_it_cannot()
    {
        ARunbook runbook = new(Run("a", undo: true), Run("b") with { Irreversible = true }, Run("c", undo: true));
        var night = new Driver(runbook);
        while (!night.Run.IsEnded)
        {
            night.Complete(night.Tasks.First().Path.Value, 1);
        }

        var plan = night.Interpreter.PlanUndo(runbook, night.Run);

        Assert.Equal(["c", "a"], plan.Undone.Select(path => path.Value));
        Assert.Equal(["b"], plan.Irreversible.Select(path => path.Value));
    }

    [Fact]
    public void Takes_the_locks_of_a_step_again_for_its_undo()
    {
        var night = new Driver(new ARunbook(Run("a", undo: true) with { Locks = [Steps.Text("cluster/a")] }, Run("b")) { OnFailure = FailurePolicy.Undo });
        night.Grant("a", 1).Complete("a", 1).Fail("b");

        Assert.Empty(night.Tasks);
        night.Grant("a", 2).Complete("a");

        Assert.Equal(RunStatus.Undone, night.Run.Status);
        Assert.Empty(night.Run.Locks);
    }
}
