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
        var environmentClock = new Driver(new ARunbook(Run("a")) { Locks = ["cluster/*"] });

        Assert.Equal(RunStatus.WaitingForLock, environmentClock.Run.Status);
        Assert.Equal(["cluster/*"], Assert.Single(environmentClock.Commands.OfType<RequestLocks>()).Resources);
        environmentClock.Grant("", 7);
        Assert.Equal(7, environmentClock.Run.Root.Lock!.Token);
        environmentClock.Complete("a");

        Assert.Contains(environmentClock.Last.Commands, command => command is ReleaseLocks { Path.IsRoot: true });
        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Holds_a_steps_locks_over_all_its_attempts()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 2) with { Locks = [Steps.Text("x")] }));

        Assert.Equal(StepStatus.WaitingForLock, environmentClock.Status("a"));
        environmentClock.Grant("a").Fail("a").Pass(TimeSpan.FromSeconds(2));
        Assert.Single(environmentClock.Run.Locks);
        environmentClock.Complete("a");

        Assert.Empty(environmentClock.Run.Locks);
        Assert.Single(environmentClock.Events.OfType<LocksRequested>());
    }

    [Fact]
    public void Pauses_with_an_incident_that_says_who_took_the_locks_and_asks_for_them_again_on_resume()
    {
        var environmentClock = new Driver(new ARunbook(Run("a"), Run("b")) { Locks = ["x"] });
        environmentClock.Grant("");

        environmentClock.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol"));
        Assert.Equal(RunStatus.Paused, environmentClock.Run.Status);
        Assert.StartsWith("carol took x over", Assert.Single(environmentClock.Run.Incidents.Values).Error.Message, StringComparison.Ordinal);
        environmentClock.Complete("a");
        environmentClock.Give(new ResumeRun("op"));
        Assert.Empty(environmentClock.Tasks);
        Assert.Empty(environmentClock.Run.Incidents);
        environmentClock.Grant("", 9);

        Assert.Equal("b", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void An_update_of_an_earlier_grant_or_loss_changes_nothing()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")) { Locks = ["x"] });
        environmentClock.Grant("", 5);
        environmentClock.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol", 5));
        environmentClock.Give(new ResumeRun("op"));

        environmentClock.Grant("", 5);
        Assert.Equal(LockStatus.Requested, environmentClock.Run.Locks[StepPath.Root].Status);
        environmentClock.Grant("", 6);
        environmentClock.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol", 5));

        Assert.Equal((LockStatus.Held, 6), (environmentClock.Run.Locks[StepPath.Root].Status, environmentClock.Run.Locks[StepPath.Root].Token));
    }

    [Fact]
    public void A_lock_that_was_taken_before_the_run_heard_of_its_grant_is_asked_for_again()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")) { Locks = ["x"] });

        environmentClock.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "carol", 5));

        Assert.Contains(environmentClock.Last.Commands, command => command is RequestLocks);
        Assert.Equal(RunStatus.WaitingForLock, environmentClock.Run.Status);
    }

    [Fact]
    public void An_undo_that_a_cancel_cut_short_can_be_taken_up_again()
    {
        var environmentClock = new Driver(new ARunbook(Sequence("s", Run("a", undo: true), Run("b", undo: true))));
        environmentClock.Complete("s/a").Complete("s/b");
        environmentClock.Give(new UndoRun("op", null));
        environmentClock.Give(new CancelRun("op", null));
        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);

        environmentClock.Give(new UndoRun("op", null));

        Assert.Equal("s/a", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void A_cancel_takes_up_what_a_pause_held_back_in_a_finally_block()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Run("a")], atLast: [Run("f", attempts: 2)])));
        environmentClock.Complete("t/a").Fail("t/f");
        environmentClock.Give(new PauseRun("op", null));
        environmentClock.FireNext();

        environmentClock.Give(new CancelRun("op", null));
        environmentClock.Complete("t/f");

        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);
    }

    [Fact]
    public void Ends_a_cancelled_run_that_still_waits_for_its_locks()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")) { Locks = ["x"] });

        environmentClock.Give(new CancelRun("op", null));

        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);
        Assert.Contains(environmentClock.Last.Commands, command => command is ReleaseLocks);
    }
}
