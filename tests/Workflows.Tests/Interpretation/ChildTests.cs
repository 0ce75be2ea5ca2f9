using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class ChildTests
{
    [Fact]
    public void Waits_for_its_child_and_has_its_id_and_outcome_as_result()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid", "give-back"), Run("b") with { With = With(("x", Code("steps.kid.result.outcome"))) }));
        var start = Assert.Single(environmentClock.Commands.OfType<StartChild>());

        Assert.Equal("give-back", start.Runbook);
        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));

        Assert.Equal("""{"x":"done"}""", environmentClock.Task("b").Arguments.GetRawText());
    }

    [Fact]
    public void Names_a_child_the_same_whenever_the_same_decision_is_taken()
    {
        var one = Assert.Single(new Driver(new ARunbook(Child("kid"))).Commands.OfType<StartChild>()).Child;
        var other = Assert.Single(new Driver(new ARunbook(Child("kid"))).Commands.OfType<StartChild>()).Child;

        Assert.Equal(one, other);
        Assert.Equal('7', one.ToString()[14]);
    }

    [Fact]
    public void Ends_rejected_when_its_child_was()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid")));
        var start = Assert.Single(environmentClock.Commands.OfType<StartChild>());

        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Rejected, null));

        Assert.Equal(RunStatus.Rejected, environmentClock.Run.Status);
    }

    [Fact]
    public void Goes_on_when_an_operator_mends_the_failed_child_itself()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid"), Run("b")));
        var start = Assert.Single(environmentClock.Commands.OfType<StartChild>());
        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Failed, new StepError("broken", "It broke.")));
        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);

        environmentClock.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));

        Assert.Equal("b", Assert.Single(environmentClock.Tasks).Path.Value);
        Assert.Empty(environmentClock.Run.Incidents);
    }

    [Fact]
    public void Starts_another_child_on_retry()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid")));
        var first = Assert.Single(environmentClock.Commands.OfType<StartChild>());
        environmentClock.Give(new EndChild(first.Path, first.Child, RunOutcome.Failed, null));

        environmentClock.Give(new RetryStep(first.Path, "op", null));

        Assert.NotEqual(first.Child, Assert.Single(environmentClock.Commands.OfType<StartChild>()).Child);
    }

    [Fact]
    public void Nothing_limits_the_time_of_a_child_on_retry_that_is_undone_with_the_one_before_it()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid") with { Timeout = TimeSpan.FromMinutes(1) }));
        var first = Assert.Single(environmentClock.Commands.OfType<StartChild>());
        environmentClock.Give(new EndChild(first.Path, first.Child, RunOutcome.Failed, null));
        environmentClock.Give(new RetryStep(first.Path, "op", null));
        var second = Assert.Single(environmentClock.Commands.OfType<StartChild>());

        environmentClock.Give(new UndoRun("op", "enough"));

        Assert.Empty(environmentClock.Run.PendingTimers());
        Assert.Empty(environmentClock.Timers);
        environmentClock.Give(new EndChild(second.Path, second.Child, RunOutcome.Undone, null));
        Assert.Equal(first.Child, Assert.Single(environmentClock.Commands.OfType<UndoChild>()).Child);
        environmentClock.Give(new EndChild(first.Path, first.Child, RunOutcome.Undone, null));
        Assert.Equal(RunStatus.Undone, environmentClock.Run.Status);
    }

    [Fact]
    public void Cancels_a_child_whose_time_is_up_and_fails_when_it_has_ended()
    {
        var environmentClock = new Driver(new ARunbook(Child("kid") with { Timeout = TimeSpan.FromMinutes(1) }));

        environmentClock.Pass(TimeSpan.FromMinutes(1));
        var cancel = Assert.Single(environmentClock.Commands.OfType<CancelChild>());
        Assert.Equal(RunStatus.Running, environmentClock.Run.Status);
        environmentClock.Give(new EndChild(cancel.Path, cancel.Child, RunOutcome.Cancelled, null));

        Assert.Equal("timeout", Assert.Single(environmentClock.Run.Incidents.Values).Error.Code);
    }

    [Fact]
    public void Tells_its_parent_when_it_ends()
    {
        var parent = new ParentStep(new RunId(Guid.NewGuid()), new StepPath("kid"));
        var environmentClock = new Driver(new ARunbook(Run("a")), parent: parent);

        environmentClock.Complete("a");

        Assert.Equal(new TellParent(parent, RunOutcome.Done, null), Assert.Single(environmentClock.Commands));
    }
}
