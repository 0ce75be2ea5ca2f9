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
        var night = new Driver(new ARunbook(Child("kid", "give-back"), Run("b") with { With = With(("x", Code("steps.kid.result.outcome"))) }));
        var start = Assert.Single(night.Commands.OfType<StartChild>());

        Assert.Equal("give-back", start.Runbook);
        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));

        Assert.Equal("""{"x":"done"}""", night.Task("b").Arguments.GetRawText());
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
        var night = new Driver(new ARunbook(Child("kid")));
        var start = Assert.Single(night.Commands.OfType<StartChild>());

        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Rejected, null));

        Assert.Equal(RunStatus.Rejected, night.Run.Status);
    }

    [Fact]
    public void Goes_on_when_an_operator_mends_the_failed_child_itself()
    {
        var night = new Driver(new ARunbook(Child("kid"), Run("b")));
        var start = Assert.Single(night.Commands.OfType<StartChild>());
        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Failed, new StepError("broken", "It broke.")));
        Assert.Equal(RunStatus.Incident, night.Run.Status);

        night.Give(new EndChild(start.Path, start.Child, RunOutcome.Done, null));

        Assert.Equal("b", Assert.Single(night.Tasks).Path.Value);
        Assert.Empty(night.Run.Incidents);
    }

    [Fact]
    public void Starts_another_child_on_retry()
    {
        var night = new Driver(new ARunbook(Child("kid")));
        var first = Assert.Single(night.Commands.OfType<StartChild>());
        night.Give(new EndChild(first.Path, first.Child, RunOutcome.Failed, null));

        night.Give(new RetryStep(first.Path, "op", null));

        Assert.NotEqual(first.Child, Assert.Single(night.Commands.OfType<StartChild>()).Child);
    }

    [Fact]
    public void Nothing_limits_the_time_of_a_child_on_retry_that_is_undone_with_the_one_before_it()
    {
        var night = new Driver(new ARunbook(Child("kid") with { Timeout = TimeSpan.FromMinutes(1) }));
        var first = Assert.Single(night.Commands.OfType<StartChild>());
        night.Give(new EndChild(first.Path, first.Child, RunOutcome.Failed, null));
        night.Give(new RetryStep(first.Path, "op", null));
        var second = Assert.Single(night.Commands.OfType<StartChild>());

        night.Give(new UndoRun("op", "enough"));

        Assert.Empty(night.Run.PendingTimers());
        Assert.Empty(night.Timers);
        night.Give(new EndChild(second.Path, second.Child, RunOutcome.Undone, null));
        Assert.Equal(first.Child, Assert.Single(night.Commands.OfType<UndoChild>()).Child);
        night.Give(new EndChild(first.Path, first.Child, RunOutcome.Undone, null));
        Assert.Equal(RunStatus.Undone, night.Run.Status);
    }

    [Fact]
    public void Cancels_a_child_whose_time_is_up_and_fails_when_it_has_ended()
    {
        var night = new Driver(new ARunbook(Child("kid") with { Timeout = TimeSpan.FromMinutes(1) }));

        night.Pass(TimeSpan.FromMinutes(1));
        var cancel = Assert.Single(night.Commands.OfType<CancelChild>());
        Assert.Equal(RunStatus.Running, night.Run.Status);
        night.Give(new EndChild(cancel.Path, cancel.Child, RunOutcome.Cancelled, null));

        Assert.Equal("timeout", Assert.Single(night.Run.Incidents.Values).Error.Code);
    }

    [Fact]
    public void Tells_its_parent_when_it_ends()
    {
        var parent = new ParentStep(new RunId(Guid.NewGuid()), new StepPath("kid"));
        var night = new Driver(new ARunbook(Run("a")), parent: parent);

        night.Complete("a");

        Assert.Equal(new TellParent(parent, RunOutcome.Done, null), Assert.Single(night.Commands));
    }
}
