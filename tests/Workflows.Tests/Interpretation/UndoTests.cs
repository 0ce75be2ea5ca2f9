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
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c", undo: true)) { OnFailure = FailurePolicy.Undo });

        environmentClock.Complete("a", 1).Complete("b", 2).Fail("c");
        Assert.Equal(("c", """{"of":null}"""), (Assert.Single(environmentClock.Tasks).Path.Value, environmentClock.Task("c").Arguments.GetRawText()));
        environmentClock.Complete("c");
        Assert.Equal(("b", """{"of":2}"""), (Assert.Single(environmentClock.Tasks).Path.Value, environmentClock.Task("b").Arguments.GetRawText()));
        Assert.EndsWith("/b/undo", environmentClock.Task("b").IdempotencyKey, StringComparison.Ordinal);
        environmentClock.Complete("b").Complete("a");

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
        Assert.Equal(["c", "b", "a"], environmentClock.Order<StepUndone>());
    }

    [Fact]
    public void A_step_that_failed_half_way_and_whose_undo_needs_its_result_is_named_and_nothing_is_called_undone()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true), Run("b") with { Undo = new Undo("undo.b", With(("x", Code("result.name"))), RetryPolicy.None, null, default) }) { OnFailure = FailurePolicy.Undo });

        environmentClock.Complete("a", 1).Fail("b");
        environmentClock.CompleteAll();

        Assert.Equal(["a"], environmentClock.Order<StepUndone>());
        Assert.Equal((RunOutcome.UndoIncomplete, RunStatus.UndoIncomplete), (environmentClock.Run.Outcome, environmentClock.Run.Status));
        Assert.Equal(ErrorCodes.UndoIncomplete, environmentClock.Run.Error!.Code);
        Assert.EndsWith("Still in place: b.", environmentClock.Run.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StepStatus.Failed)]
    [InlineData(StepStatus.Cancelled)]
    public void A_failed_or_cancelled_step_that_recorded_something_is_left_in_place_by_name(StepStatus how)
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true), Sequence("s", Run("b")) with { Timeout = TimeSpan.FromMinutes(1) }) { OnFailure = FailurePolicy.Undo });
        environmentClock.Complete("a", 1);
        environmentClock.Give(new ReportFact(new StepPath("s/b"), 1, false, "moved", System.Text.Json.JsonSerializer.SerializeToElement(3)));

        if (how == StepStatus.Failed) environmentClock.Fail("s/b");
        else environmentClock.Pass(TimeSpan.FromMinutes(2));
        environmentClock.CompleteAll();

        Assert.Equal(how, environmentClock.Status("s/b"));
        Assert.Equal(["a"], environmentClock.Order<StepUndone>());
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);
        Assert.EndsWith("Still in place: s/b.", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_a_node_of_the_version_before_is_there_it_ends_failed_with_the_code()
    {
        ARunbook runbook = new(Run("b", undo: true)) { OnFailure = FailurePolicy.Undo };
        var environmentClock = new Driver(runbook).Fail("b");
        var undo = environmentClock.Task("b");

        var ends = environmentClock.Interpreter.Decide(
            runbook, environmentClock.Run, new FailTask(undo.Path, undo.Attempt, undo.Undo, new StepError("broken", "It broke.") { Retryable = false }), environmentClock.Now, Workflows.Model.Membership.ProtocolVersions.UndoIncomplete - 1);

        var ended = Assert.Single(ends.Events.OfType<RunEnded>());
        Assert.Equal((RunOutcome.Failed, ErrorCodes.UndoIncomplete), (ended.Outcome, ended.Error!.Code));
    }

    [Fact]
    public void A_run_that_was_left_in_place_can_be_undone_again()
    {
        var environmentClock = new Driver(new ARunbook(Run("b", undo: true)) { OnFailure = FailurePolicy.Undo }).Fail("b").Fail("b", retryable: false);
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);

        environmentClock.Give(new RetryStep(new StepPath("b"), "op", null));
        environmentClock.Complete("b");

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
    }

    [Fact]
    public void A_child_that_left_something_in_place_is_an_undo_that_failed()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid"), Run("b")) { OnFailure = FailurePolicy.Undo });
        var start = Assert.Single(environmentClock.Commands.OfType<StartChild>());
        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));
        environmentClock.Fail("b");
        var undo = Assert.Single(environmentClock.Commands.OfType<UndoChild>());

        environmentClock.Give(new EndChild(undo.Path, undo.Child, RunOutcome.UndoIncomplete, new StepError(ErrorCodes.UndoIncomplete, "Not all could be taken back. Still in place: x.")));

        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);
        Assert.Contains("Still in place: kid.", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_undo_could_not_take_back_stands_by_name_with_the_reason_and_holds_nothing_up()
    {
        // Policy pause: nobody is asked, since trying again at once would not help.
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c")));
        environmentClock.Complete("a", 1).Complete("b", 2).Complete("c");
        environmentClock.Give(new UndoRun("op", null));

        environmentClock.Complete("b", new { left = new[] { new { name = "n-1", reason = "it is dead" }, new { name = "n-2", reason = "refused with 403" } } });
        environmentClock.Complete("a");

        Assert.Equal((StepStatus.UndoFailed, StepStatus.Undone), (environmentClock.Status("b"), environmentClock.Status("a")));
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);
        Assert.Equal("Not all could be taken back. Still in place: b (n-1: it is dead; n-2: refused with 403).", environmentClock.Run.Error!.Message);
        Assert.Equal(
            "{\"left\":[{\"step\":\"b\",\"name\":\"n-1\",\"reason\":\"it is dead\"},{\"step\":\"b\",\"name\":\"n-2\",\"reason\":\"refused with 403\"}],\"more\":0}",
            environmentClock.Run.Error.Detail!.Value.GetRawText());
        Assert.Equal([new LeftInPlace("n-1", "it is dead"), new LeftInPlace("n-2", "refused with 403")], Assert.Single(environmentClock.Events.OfType<UndoFailed>()).Left);
    }

    [Fact]
    public void What_stands_is_taken_back_by_a_retry_after_the_end()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true)));
        environmentClock.Complete("a", 1);
        environmentClock.Give(new UndoRun("op", null));
        environmentClock.Complete("a", new { left = new[] { new { name = "n-1", reason = "it is dead" } } });
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);

        environmentClock.Give(new RetryStep(new StepPath("a"), "op", "n-1 is back"));
        environmentClock.Reload();
        Assert.Equal((true, 2), (environmentClock.Task("a").Undo, environmentClock.Task("a").Attempt));
        environmentClock.Complete("a");

        Assert.Equal((RunStatus.Undone, (StepError?)null), (environmentClock.Run.Status, environmentClock.Run.Error));
    }

    [Fact]
    public void A_report_that_makes_no_sense_says_that_something_stands()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true)));
        environmentClock.Complete("a", 1);
        environmentClock.Give(new UndoRun("op", null));

        environmentClock.Complete("a", new { left = new object[] { 7, new { name = "n-1" } } });

        Assert.Equal([new LeftInPlace("something", "no reason given"), new LeftInPlace("n-1", "no reason given")], Assert.Single(environmentClock.Events.OfType<UndoFailed>()).Left);
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);
    }

    [Fact]
    public void The_result_of_a_step_that_is_no_undo_may_name_whatever_it_likes()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true))).Complete("a", new { left = new[] { new { name = "n-1", reason = "mine" } } });

        environmentClock.Give(new UndoRun("op", null));
        environmentClock.Complete("a", new { left = Array.Empty<object>() });

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
    }

    [Fact]
    public void Of_thousands_that_stand_the_end_names_some_and_counts_the_rest()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true)));
        environmentClock.Complete("a", 1);
        environmentClock.Give(new UndoRun("op", null));

        environmentClock.Complete("a", new { left = Enumerable.Range(1, 5_000).Select(number => new { name = $"n-{number}", reason = "it is dead" }) });

        Assert.EndsWith("n-5: it is dead and 4995 more).", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
        Assert.Equal((100, 4_900), (environmentClock.Run.Error.Detail!.Value.GetProperty("left").GetArrayLength(), environmentClock.Run.Error.Detail.Value.GetProperty("more").GetInt32()));
        Assert.Equal(5_000, Assert.Single(environmentClock.Events.OfType<UndoFailed>()).Left.Length);
    }

    [Fact]
    public void A_child_that_left_something_in_place_asks_nobody_and_its_words_reach_the_parent()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid"), Run("b")));
        var start = Assert.Single(environmentClock.Commands.OfType<StartChild>());
        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));
        environmentClock.Complete("b");
        environmentClock.Give(new UndoRun("op", null));
        var undo = Assert.Single(environmentClock.Commands.OfType<UndoChild>());

        environmentClock.Give(new EndChild(undo.Path, undo.Child, RunOutcome.UndoIncomplete, new StepError(ErrorCodes.UndoIncomplete, "Not all could be taken back. Still in place: x.")));

        Assert.Empty(environmentClock.Run.Incidents);
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);
        Assert.Contains("Still in place: x.", environmentClock.Run.Error!.Detail!.Value.GetProperty("left")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lets_running_tasks_end_first_and_takes_them_back_too()
    {
        var environmentClock = new Driver(new ARunbook(Parallel("p", [Run("a", undo: true)], [Run("b")])) { OnFailure = FailurePolicy.Undo });

        environmentClock.Fail("p/2/b");
        Assert.False(Assert.Single(environmentClock.Tasks).Undo);
        environmentClock.Complete("p/1/a", 1);

        Assert.True(environmentClock.Task("p/1/a").Undo);
        Assert.Equal(RunStatus.Undone, environmentClock.CompleteAll().Run.Status);
    }

    [Fact]
    public void Takes_branches_back_side_by_side_and_iterations_as_wide_as_they_ran()
    {
        var environmentClock = new Driver(new ARunbook(
            ForEach("loop", Value(new[] { "x", "y", "z" }), 2, Run("a", undo: true)),
            Parallel("p", [Run("a", undo: true)], [Run("b", undo: true)])));
        while (!environmentClock.Run.IsEnded)
        {
            environmentClock.Complete(environmentClock.Tasks.First().Path.Value, 1);
        }

        environmentClock.Give(new UndoRun("op", "sale is off"));
        Assert.Equal(["p/1/a", "p/2/b"], environmentClock.Tasks.Select(task => task.Path.Value).Order());
        environmentClock.Complete("p/1/a").Complete("p/2/b");
        Assert.Equal(2, environmentClock.Tasks.Count());
        environmentClock.CompleteAll();

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
        Assert.Equal("loop/x/a", environmentClock.Order<StepUndone>()[^1]);
    }

    [Fact]
    public void Waits_for_an_operator_when_an_undo_fails_under_policy_pause()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c")));
        environmentClock.Complete("a", 1).Complete("b", 1);
        environmentClock.Give(new UndoRun("op", null));
        environmentClock.Complete("c");

        environmentClock.Fail("b");
        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);
        environmentClock.Give(new RetryStep(new StepPath("b"), "op", null));
        Assert.Equal(2, environmentClock.Task("b").Attempt);
        environmentClock.Fail("b");
        environmentClock.Give(new SkipStep(new StepPath("b"), "op", "done by hand"));
        environmentClock.Complete("a");

        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);
        Assert.Contains("Still in place: b.", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Goes_on_past_a_failed_undo_under_policy_undo_and_can_be_retried_after_the_end()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true), Run("b", undo: true), Run("c")) { OnFailure = FailurePolicy.Undo });
        environmentClock.Complete("a", 1).Complete("b", 1).Fail("c").Fail("b").Complete("a");
        Assert.Equal(RunStatus.UndoIncomplete, environmentClock.Run.Status);

        environmentClock.Give(new RetryStep(new StepPath("b"), "op", null));
        environmentClock.Complete("b");

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
    }

    [Fact]
    public void Asks_a_completed_child_to_undo_itself()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid"), Run("b")) { OnFailure = FailurePolicy.Undo });
        var start = Assert.Single(environmentClock.Commands.OfType<StartChild>());
        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));

        environmentClock.Fail("b");
        var undo = Assert.Single(environmentClock.Commands.OfType<UndoChild>());
        Assert.Equal(start.Child, undo.Child);
        environmentClock.Give(new EndChild(undo.Path, undo.Child, RunOutcome.Undone, null));

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
    }

    [Fact]
    public void Answers_its_parent_again_when_a_child_that_had_ended_is_undone()
    {
        var parent = new ParentStep(new RunId(Guid.NewGuid()), new StepPath("kid"));
        var environmentClock = new Driver(new ARunbook(Run("a")), parent: parent);
        environmentClock.Complete("a");

        environmentClock.Give(new UndoRun("parent", null));

        Assert.Contains(environmentClock.Last.Commands, command => command is TellParent { Outcome: RunOutcome.Undone });
        Assert.Equal("undoing", environmentClock.Give(new UndoRun("parent", null)).Refusal!.Code);
    }

    [Fact]
    public void Fails_a_step_whose_way_back_cannot_be_told()
    {
        var environmentClock = new Driver(new ARunbook(Run("a") with { Undo = new Undo("undo.a", With(("x", Code("result.none.deep"))), RetryPolicy.None, null, default) }));

        environmentClock.Complete("a", new { });

        Assert.StartsWith("The activity is done, but", Assert.Single(environmentClock.Run.Incidents.Values).Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_before_an_undo_what_it_will_take_back_and_what_it_cannot()
    {
        ARunbook runbook = new(Run("a", undo: true), Run("b") with { Irreversible = true }, Run("c", undo: true));
        var environmentClock = new Driver(runbook);
        while (!environmentClock.Run.IsEnded)
        {
            environmentClock.Complete(environmentClock.Tasks.First().Path.Value, 1);
        }

        var plan = environmentClock.Interpreter.PlanUndo(runbook, environmentClock.Run);

        Assert.Equal(["c", "a"], plan.Undone.Select(path => path.Value));
        Assert.Equal(["b"], plan.Irreversible.Select(path => path.Value));
    }

    [Fact]
    public void Takes_the_locks_of_a_step_again_for_its_undo()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", undo: true) with { Locks = [Steps.Text("cluster/a")] }, Run("b")) { OnFailure = FailurePolicy.Undo });
        environmentClock.Grant("a", 1).Complete("a", 1).Fail("b");

        Assert.Empty(environmentClock.Tasks);
        environmentClock.Grant("a", 2).Complete("a");

        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
        Assert.Empty(environmentClock.Run.Locks);
    }
}
