using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

/// <summary>A run that is held, since deciding on it fails or ends the process.</summary>
public sealed class HoldTests
{
    private static readonly StepError Quarantined = new(ErrorCodes.Quarantined, "The process ended twice.") { Retryable = false };

    public static TheoryData<string, Input> Refused { get; } = new()
    {
        { "undo", new UndoRun("op", null) },
        { "retry of a step", new RetryStep(new StepPath("a"), "op", null) },
        { "skip", new SkipStep(new StepPath("a"), "op", "enough") },
        { "resume", new ResumeRun("op") },
        { "signal", new ReceiveSignal("go", null, "op") },
        { "approval", new DecideApproval(new StepPath("a"), "op", ["lead"], true, null) },
    };

    [Fact]
    public void Decides_on_nothing_that_comes_by_itself()
    {
        var environmentClock = Held(new ARunbook(Run("a"), Run("b")));

        environmentClock.Complete("a", 1);
        environmentClock.Give(new FireTimer(new TimerId(new StepPath("a"), TimerPurpose.Timeout)));
        environmentClock.Give(new GrantLocks(new StepPath("a"), 1));

        Assert.Empty(environmentClock.Last.Events);
        Assert.Equal((RunStatus.Incident, StepStatus.Running), (environmentClock.Run.Status, environmentClock.Status("a")));
        Assert.Equal(Quarantined, Assert.Single(environmentClock.Run.Incidents.Values).Error);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses_by_name_what_would_evaluate_something(string what, Input input)
    {
        var environmentClock = Held(new ARunbook(Run("a")));

        var refusal = environmentClock.Give(input).Refusal;

        Assert.True(refusal is { Code: ErrorCodes.Quarantined, Retryable: false }, what);
        Assert.Contains("The process ended twice.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trying_the_run_again_goes_on_where_it_was()
    {
        var environmentClock = Held(new ARunbook(Run("a"), Run("b")));

        environmentClock.Give(new RetryStep(StepPath.Root, "op", "fixed"));
        environmentClock.Complete("a", 1).Complete("b", 1);

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
        Assert.Equal([1, 1], environmentClock.Events.OfType<TaskScheduled>().Select(task => task.Attempt));
    }

    [Fact]
    public void A_run_that_starts_held_begins_when_it_is_tried_again()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")) { Locks = ["cluster/a"] }, start: false);
        environmentClock.Give(new StartRun(System.Text.Json.JsonSerializer.SerializeToElement(new { }), "starter", Lane.Normal) { Hold = Quarantined });
        Assert.Empty(environmentClock.Commands);
        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);

        environmentClock.Give(new RetryStep(StepPath.Root, "op", null));
        environmentClock.Grant("").Complete("a", 1);

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    [Fact]
    public void Cancelling_evaluates_nothing_leaves_finally_blocks_out_and_names_what_stays()
    {
        var environmentClock = new Driver(new ARunbook(Run("done", undo: true), Try("t", [Run("a", undo: true)], atLast: [Run("last")])));
        environmentClock.Complete("done", 1);
        environmentClock.Give(new HoldRun(Quarantined));

        environmentClock.Give(new CancelRun("op", "enough"));

        Assert.Equal(RunStatus.Cancelled, environmentClock.Run.Status);
        Assert.Null(environmentClock.Events.OfType<StepCancelled>().Single(step => step.Path.Value == "t/a").UndoArguments);
        Assert.DoesNotContain(environmentClock.Events, happened => happened is TaskScheduled { Path.Name: "last" });
        Assert.Contains("Still in place: done, t/a.", environmentClock.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Can_be_paused_and_resumed_and_stays_held()
    {
        var environmentClock = Held(new ARunbook(Run("a"), Run("b")));

        Assert.Null(environmentClock.Give(new PauseRun("op", null)).Refusal);
        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);
        Assert.Null(environmentClock.Give(new ResumeRun("op")).Refusal);

        Assert.NotNull(environmentClock.Run.Held);
        Assert.Null(environmentClock.Run.Paused);
    }

    [Fact]
    public void A_pause_outlives_the_hold()
    {
        var environmentClock = Held(new ARunbook(Run("a"), Run("b")));
        environmentClock.Give(new PauseRun("op", null));

        environmentClock.Give(new RetryStep(StepPath.Root, "op", null));
        environmentClock.Complete("a", 1);

        Assert.Equal(RunStatus.Paused, environmentClock.Run.Status);
        Assert.Empty(environmentClock.Tasks);
    }

    [Fact]
    public void What_a_task_records_meanwhile_is_kept()
    {
        var environmentClock = Held(new ARunbook(Run("a")));

        environmentClock.Give(new ReportFact(new StepPath("a"), 1, false, "moved", System.Text.Json.JsonSerializer.SerializeToElement(3)));

        Assert.Single(environmentClock.Step("a").Facts);
    }

    [Fact]
    public void A_lock_that_was_taken_over_is_asked_for_again_after_the_hold()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")) { Locks = ["cluster/a"] }).Grant("", 1);
        environmentClock.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "emergency", 1));
        environmentClock.Give(new HoldRun(Quarantined));
        Assert.Equal(Quarantined, environmentClock.Run.Held);

        environmentClock.Give(new RetryStep(StepPath.Root, "op", null));
        environmentClock.Give(new ResumeRun("op"));

        Assert.Single(environmentClock.Commands.OfType<RequestLocks>());
    }

    [Fact]
    public void Is_held_once_though_it_is_asked_for_again_and_not_after_its_end()
    {
        var environmentClock = Held(new ARunbook(Run("a")));
        environmentClock.Give(new HoldRun(Quarantined));
        Assert.Empty(environmentClock.Last.Events);

        environmentClock.Give(new RetryStep(StepPath.Root, "op", null));
        environmentClock.Complete("a", 1);
        environmentClock.Give(new HoldRun(Quarantined));

        Assert.Empty(environmentClock.Last.Events);
        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
    }

    /// <summary>Through a snapshot, as after a restart.</summary>
    private static Driver Held(Runbook runbook)
    {
        var environmentClock = new Driver(runbook);
        environmentClock.Give(new HoldRun(Quarantined));
        environmentClock.Reload();
        return environmentClock;
    }
}
