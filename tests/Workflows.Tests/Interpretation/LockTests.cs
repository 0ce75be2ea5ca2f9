using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class LockTests
{
    [Fact]
    public void Begins_when_the_run_has_its_locks_and_gives_them_back_at_its_end()
    {
        var night = new Driver(new ARunbook(Run("a")) { Locks = ["cluster/*"] });

        Assert.Equal(RunStatus.WaitingForLock, night.Run.Status);
        Assert.Equal(["cluster/*"], Assert.Single(night.Commands.OfType<RequestLocks>()).Resources);
        night.Grant("", 7);
        Assert.Equal(7, night.Run.Root.Lock!.Token);
        night.Complete("a");

        Assert.Contains(night.Last.Commands, command => command is ReleaseLocks { Path.IsRoot: true });
        Assert.Equal(RunStatus.Done, night.Run.Status);
    }

    [Fact]
    public void Holds_a_steps_locks_over_all_its_attempts()
    {
        var night = new Driver(new ARunbook(Run("a", attempts: 2) with { Locks = [Steps.Text("x")] }));

        Assert.Equal(StepStatus.WaitingForLock, night.Status("a"));
        night.Grant("a").Fail("a").Pass(TimeSpan.FromSeconds(2));
        Assert.Single(night.Run.Locks);
        night.Complete("a");

        Assert.Empty(night.Run.Locks);
        Assert.Single(night.Events.OfType<LocksRequested>());
    }

    [Fact]
    public void Pauses_with_an_incident_that_says_who_took_the_locks_and_asks_for_them_again_on_resume()
    {
        var night = new Driver(new ARunbook(Run("a"), Run("b")) { Locks = ["x"] });
        night.Grant("");

        night.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol"));
        Assert.Equal(RunStatus.Paused, night.Run.Status);
        Assert.StartsWith("carol took x over", Assert.Single(night.Run.Incidents.Values).Error.Message, StringComparison.Ordinal);
        night.Complete("a");
        night.Give(new ResumeRun("op"));
        Assert.Empty(night.Tasks);
        Assert.Empty(night.Run.Incidents);
        night.Grant("", 9);

        Assert.Equal("b", Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void News_of_an_earlier_grant_or_loss_changes_nothing()
    {
        var night = new Driver(new ARunbook(Run("a")) { Locks = ["x"] });
        night.Grant("", 5);
        night.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol", 5));
        night.Give(new ResumeRun("op"));

        night.Grant("", 5);
        Assert.Equal(LockStatus.Requested, night.Run.Locks[StepPath.Root].Status);
        night.Grant("", 6);
        night.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol", 5));

        Assert.Equal((LockStatus.Held, 6), (night.Run.Locks[StepPath.Root].Status, night.Run.Locks[StepPath.Root].Token));
    }

    [Fact]
    public void A_lock_that_was_taken_before_the_run_heard_of_its_grant_is_asked_for_again()
    {
        var night = new Driver(new ARunbook(Run("a")) { Locks = ["x"] });

        night.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol", 5));

        Assert.Contains(night.Last.Commands, command => command is RequestLocks);
        Assert.Equal(RunStatus.WaitingForLock, night.Run.Status);
    }

    [Fact]
    public void An_undo_that_a_cancel_cut_short_can_be_taken_up_again()
    {
        var night = new Driver(new ARunbook(Sequence("s", Run("a", undo: true), Run("b", undo: true))));
        night.Complete("s/a").Complete("s/b");
        night.Give(new UndoRun("op", null));
        night.Give(new CancelRun("op", null));
        Assert.Equal(RunStatus.Cancelled, night.Run.Status);

        night.Give(new UndoRun("op", null));

        Assert.Equal("s/a", Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void A_cancel_takes_up_what_a_pause_held_back_in_a_finally_block()
    {
        var night = new Driver(new ARunbook(Try("t", [Run("a")], atLast: [Run("f", attempts: 2)])));
        night.Complete("t/a").Fail("t/f");
        night.Give(new PauseRun("op", null));
        night.FireNext();

        night.Give(new CancelRun("op", null));
        night.Complete("t/f");

        Assert.Equal(RunStatus.Cancelled, night.Run.Status);
    }

    [Fact]
    public void Ends_a_cancelled_run_that_still_waits_for_its_locks()
    {
        var night = new Driver(new ARunbook(Run("a")) { Locks = ["x"] });

        night.Give(new CancelRun("op", null));

        Assert.Equal(RunStatus.Cancelled, night.Run.Status);
        Assert.Contains(night.Last.Commands, command => command is ReleaseLocks);
    }
}
