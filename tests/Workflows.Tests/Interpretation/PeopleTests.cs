using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class PeopleTests
{
    private static readonly StepPath Go = new("go");

    [Fact]
    public void Waits_for_as_many_different_persons_as_the_quorum()
    {
        var environmentClock = new Driver(new ARunbook(Approval("go", quorum: 2), Run("a") with { With = With(("by", Code("steps.go.result.by.map(b => b.user)"))) }));

        Assert.Equal(RunStatus.WaitingForApproval, environmentClock.Run.Status);
        environmentClock.Give(Yes("alice"));
        Assert.Same(Decision.Nothing, environmentClock.Give(Yes("alice")));
        Assert.Equal("already-decided", environmentClock.Give(Yes("carol") with { OnBehalfOf = "alice" }).Refusal!.Code);
        Assert.Equal(1, environmentClock.Step("go").Approval!.Missing);
        environmentClock.Give(Yes("bob"));

        Assert.Equal("""{"by":["alice","bob"]}""", environmentClock.Task("a").Arguments.GetRawText());
    }

    [Fact]
    public void Never_lets_the_starter_decide_nor_a_delegate_of_the_starter()
    {
        var environmentClock = new Driver(new ARunbook(Approval("go")));

        Assert.Equal("four-eyes", environmentClock.Give(Yes("starter")).Refusal!.Code);
        Assert.Equal("four-eyes", environmentClock.Give(Yes("bob") with { OnBehalfOf = "starter" }).Refusal!.Code);
        Assert.Equal("role-missing", environmentClock.Give(Yes("bob") with { Roles = ["guest"] }).Refusal!.Code);
        Assert.Equal(RunStatus.WaitingForApproval, environmentClock.Run.Status);
    }

    [Fact]
    public void Ends_rejected_with_one_no_and_names_what_is_in_place()
    {
        var environmentClock = new Driver(new ARunbook(Run("lend", undo: true), Try("t", [Approval("go")], null, [Run("tidy")])));
        environmentClock.Complete("lend", 1);

        environmentClock.Give(new DecideApproval(new StepPath("t/go"), "alice", ["lead"], false, "too early"));
        environmentClock.Complete("t/tidy");

        Assert.Equal(RunStatus.Rejected, environmentClock.Run.Status);
        Assert.Contains("alice rejected: too early", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("Still in place: lend", environmentClock.Run.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Undoes_and_ends_rejected_with_policy_undo()
    {
        var environmentClock = new Driver(new ARunbook(Run("lend", undo: true), Approval("go")) { OnFailure = FailurePolicy.Undo });
        environmentClock.Complete("lend", 1);

        environmentClock.Give(Yes("alice") with { Approved = false });
        environmentClock.Complete("lend");

        Assert.Equal(RunStatus.Rejected, environmentClock.Run.Status);
        Assert.Equal(StepStatus.Undone, environmentClock.Status("lend"));
    }

    [Fact]
    public void Hands_a_rejection_to_a_catch()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Approval("go")], [Run("c")])));

        environmentClock.Give(new DecideApproval(new StepPath("t/go"), "alice", ["lead"], false, null));

        Assert.Equal("t/c", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void Rejects_when_nobody_decides_in_time()
    {
        var environmentClock = new Driver(new ARunbook(Approval("go", timeout: TimeSpan.FromMinutes(30))));

        environmentClock.Pass(TimeSpan.FromMinutes(30));

        Assert.Equal(RunStatus.Rejected, environmentClock.Run.Status);
    }

    [Fact]
    public void Escalates_once_with_a_new_deadline()
    {
        var environmentClock = new Driver(new ARunbook(Approval("go", timeout: TimeSpan.FromMinutes(30), escalateTo: ["chief"])));

        environmentClock.Pass(TimeSpan.FromMinutes(30));
        Assert.Equal("role-missing", environmentClock.Give(Yes("alice")).Refusal!.Code);
        Assert.Equal(environmentClock.Now + TimeSpan.FromMinutes(30), Assert.Single(environmentClock.Timers).Value);
        environmentClock.Give(Yes("dora") with { Roles = ["chief"] });

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Refuses_to_skip_an_approval_waiting_or_still_to_come()
    {
        var environmentClock = new Driver(new ARunbook(Approval("go"), Sequence("s", Approval("later"))));

        Assert.Equal("approval-not-skippable", environmentClock.Give(new SkipStep(Go, "op", "hurry")).Refusal!.Code);
        Assert.Equal("approval-not-skippable", environmentClock.Give(new SkipStep(new StepPath("s"), "op", "hurry")).Refusal!.Code);
    }

    [Fact]
    public void Passes_over_a_step_that_has_not_begun()
    {
        var environmentClock = new Driver(new ARunbook(Run("a"), Run("b"), Run("c")));

        environmentClock.Give(new SkipStep(new StepPath("b"), "op", "not tonight"));
        environmentClock.Complete("a");

        Assert.Equal("c", Assert.Single(environmentClock.Tasks).Path.Value);
        Assert.Equal("reason-missing", environmentClock.Give(new SkipStep(new StepPath("c"), "op", " ")).Refusal!.Code);
        Assert.Equal("not-skippable", environmentClock.Give(new SkipStep(new StepPath("c"), "op", "x")).Refusal!.Code);
    }

    [Fact]
    public void Begins_nothing_while_paused_and_lets_running_tasks_end()
    {
        var environmentClock = new Driver(new ARunbook(Parallel("p", [Run("a"), Run("b")], [Run("c", attempts: 2)])));

        environmentClock.Give(new PauseRun("op", null));
        environmentClock.Complete("p/1/a").Fail("p/2/c").Pass(TimeSpan.FromMinutes(1));
        Assert.Empty(environmentClock.Tasks);
        Assert.Equal(RunStatus.Paused, environmentClock.Run.Status);
        environmentClock.Give(new ResumeRun("op"));

        Assert.Equal(["p/1/b", "p/2/c"], environmentClock.Tasks.Select(task => task.Path.Value).Order());
        Assert.Equal("not-paused", environmentClock.Give(new ResumeRun("op")).Refusal!.Code);
    }

    [Fact]
    public void Cancels_running_tasks_and_children_and_runs_finally_blocks()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Parallel("p", [Run("a")], [Child("kid")])], [Run("c")], [Run("f")])));

        environmentClock.Give(new CancelRun("op", "enough"));
        Assert.Contains(environmentClock.Last.Commands, command => command is AbandonTask { Path.Value: "t/p/1/a" });
        var cancel = Assert.Single(environmentClock.Commands.OfType<CancelChild>());
        Assert.Equal(RunStatus.Cancelling, environmentClock.Run.Status);
        environmentClock.Give(new EndChild(cancel.Path, cancel.Child, RunOutcome.Cancelled, null));
        environmentClock.Complete("t/f");

        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);
        Assert.Equal("run-ended", environmentClock.Give(new CancelRun("op", null)).Refusal!.Code);
    }

    [Fact]
    public void Goes_past_failures_in_a_finally_block_while_it_cancels()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Run("a")], null, [Run("f"), Run("g")])));

        environmentClock.Give(new CancelRun("op", null));
        environmentClock.Fail("t/f").Complete("t/g");

        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);
    }

    [Fact]
    public void Leaves_finally_blocks_out_when_a_cancel_is_forced()
    {
        var environmentClock = new Driver(new ARunbook(Try("t", [Run("a")], null, [Approval("hangs")])));
        environmentClock.Give(new CancelRun("op", null));
        Assert.Equal("cancelling", environmentClock.Give(new CancelRun("op", null)).Refusal!.Code);

        environmentClock.Give(new CancelRun("op", null, Force: true));

        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);
    }

    [Fact]
    public void Finds_a_signal_that_came_before_its_wait()
    {
        var environmentClock = new Driver(new ARunbook(Run("a"), Signal("w", "go"), Run("b") with { With = With(("x", Code("steps.w.result.x"))) }));

        environmentClock.Give(new ReceiveSignal("go", JsonSerializer.SerializeToElement(new { x = 1 }), "op"));
        environmentClock.Complete("a");

        Assert.Equal("""{"x":1}""", environmentClock.Task("b").Arguments.GetRawText());
    }

    [Fact]
    public void Keeps_so_many_signals_that_nobody_waits_for_and_always_takes_one_that_a_step_waits_for()
    {
        var environmentClock = new Driver(new ARunbook(Signal("w", "awaited"), Run("b")));
        for (var i = 0; i < RunBounds.MostSignals; i++) Assert.Null(environmentClock.Give(new ReceiveSignal($"s{i}", null, "op")).Refusal);

        Assert.Equal("too-many-signals", environmentClock.Give(new ReceiveSignal("one-more", null, "op")).Refusal!.Code);
        Assert.Null(environmentClock.Give(new ReceiveSignal("s0", JsonSerializer.SerializeToElement(1), "op")).Refusal);
        Assert.Null(environmentClock.Give(new ReceiveSignal("awaited", null, "op")).Refusal);

        Assert.Equal(StepStatus.Done, environmentClock.Status("w"));
    }

    [Fact]
    public void Refuses_a_signal_that_is_too_large()
    {
        var environmentClock = new Driver(new ARunbook(Signal("w", "go")));

        Assert.Equal("signal-too-large", environmentClock.Give(new ReceiveSignal("go", JsonSerializer.SerializeToElement(new string('x', RunBounds.LargestSignal)), "op")).Refusal!.Code);
        Assert.Equal("signal-too-large", environmentClock.Give(new ReceiveSignal(new string('n', RunBounds.LongestSignalName + 1), null, "op")).Refusal!.Code);
        Assert.Null(environmentClock.Give(new ReceiveSignal("go", JsonSerializer.SerializeToElement(new string('x', RunBounds.LargestSignal - 2)), "op")).Refusal);
    }

    [Fact]
    public void Fails_a_wait_whose_signal_does_not_come_and_waits_again_on_retry()
    {
        var environmentClock = new Driver(new ARunbook(Signal("w", "go", TimeSpan.FromHours(2))));

        environmentClock.Pass(TimeSpan.FromHours(2));
        Assert.Equal("timeout", Assert.Single(environmentClock.Run.Incidents.Values).Error.Code);
        environmentClock.Give(new RetryStep(new StepPath("w"), "op", null));
        Assert.Equal(RunStatus.WaitingForSignal, environmentClock.Run.Status);
        environmentClock.Give(new ReceiveSignal("go", null, "op"));

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Waits_for_a_time_and_not_at_all_when_it_has_passed()
    {
        var environmentClock = new Driver(new ARunbook(WaitUntil("past", Value("2026-11-10T19:59:00+08:00")), WaitUntil("next", Value("2026-11-10T20:05:00+08:00")), WaitFor("more", "90s")));

        Assert.Equal(StepStatus.Done, environmentClock.Status("past"));
        environmentClock.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(RunStatus.Waiting, environmentClock.Run.Status);
        environmentClock.Pass(TimeSpan.FromSeconds(90));

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Refuses_a_time_without_an_offset()
    {
        var environmentClock = new Driver(new ARunbook(WaitUntil("w", Value("2026-11-10T20:05:00"))));

        Assert.Equal("wrong-type", Assert.Single(environmentClock.Run.Incidents.Values).Error.Code);
    }

    private static DecideApproval Yes(string by) => new(Go, by, ["lead"], true, null);
}
