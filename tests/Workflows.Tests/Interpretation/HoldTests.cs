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
        var night = Held(new ARunbook(Run("a"), Run("b")));

        night.Complete("a", 1);
        night.Give(new FireTimer(new TimerId(new StepPath("a"), TimerPurpose.Timeout)));
        night.Give(new GrantLocks(new StepPath("a"), 1));

        Assert.Empty(night.Last.Events);
        Assert.Equal((RunStatus.Incident, StepStatus.Running), (night.Run.Status, night.Status("a")));
        Assert.Equal(Quarantined, Assert.Single(night.Run.Incidents.Values).Error);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses_by_name_what_would_evaluate_something(string what, Input input)
    {
        var night = Held(new ARunbook(Run("a")));

        var refusal = night.Give(input).Refusal;

        Assert.True(refusal is { Code: ErrorCodes.Quarantined, Retryable: false }, what);
        Assert.Contains("The process ended twice.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trying_the_run_again_goes_on_where_it_was()
    {
        var night = Held(new ARunbook(Run("a"), Run("b")));

        night.Give(new RetryStep(StepPath.Root, "op", "mended"));
        night.Complete("a", 1).Complete("b", 1);

        Assert.Equal(RunStatus.Done, night.Run.Status);
        Assert.Equal([1, 1], night.Events.OfType<TaskScheduled>().Select(task => task.Attempt));
    }

    [Fact]
    public void A_run_that_starts_held_begins_when_it_is_tried_again()
    {
        var night = new Driver(new ARunbook(Run("a")) { Locks = ["cluster/a"] }, start: false);
        night.Give(new StartRun(System.Text.Json.JsonSerializer.SerializeToElement(new { }), "starter", Lane.Normal) { Hold = Quarantined });
        Assert.Empty(night.Commands);
        Assert.Equal(RunStatus.Incident, night.Run.Status);

        night.Give(new RetryStep(StepPath.Root, "op", null));
        night.Grant("").Complete("a", 1);

        Assert.Equal(RunStatus.Done, night.Run.Status);
    }

    [Fact]
    public void Cancelling_evaluates_nothing_leaves_finally_blocks_out_and_names_what_stays()
    {
        var night = new Driver(new ARunbook(Run("done", undo: true), Try("t", [Run("a", undo: true)], atLast: [Run("last")])));
        night.Complete("done", 1);
        night.Give(new HoldRun(Quarantined));

        night.Give(new CancelRun("op", "enough"));

        Assert.Equal(RunStatus.Cancelled, night.Run.Status);
        Assert.Null(night.Events.OfType<StepCancelled>().Single(step => step.Path.Value == "t/a").UndoArguments);
        Assert.DoesNotContain(night.Events, happened => happened is TaskScheduled { Path.Name: "last" });
        Assert.Contains("Still in place: done, t/a.", night.Run.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Can_be_paused_and_resumed_and_stays_held()
    {
        var night = Held(new ARunbook(Run("a"), Run("b")));

        Assert.Null(night.Give(new PauseRun("op", null)).Refusal);
        Assert.Equal(RunStatus.Incident, night.Run.Status);
        Assert.Null(night.Give(new ResumeRun("op")).Refusal);

        Assert.NotNull(night.Run.Held);
        Assert.Null(night.Run.Paused);
    }

    [Fact]
    public void A_pause_outlives_the_hold()
    {
        var night = Held(new ARunbook(Run("a"), Run("b")));
        night.Give(new PauseRun("op", null));

        night.Give(new RetryStep(StepPath.Root, "op", null));
        night.Complete("a", 1);

        Assert.Equal(RunStatus.Paused, night.Run.Status);
        Assert.Empty(night.Tasks);
    }

    [Fact]
    public void What_a_task_records_meanwhile_is_kept()
    {
        var night = Held(new ARunbook(Run("a")));

        night.Give(new ReportFact(new StepPath("a"), 1, false, "moved", System.Text.Json.JsonSerializer.SerializeToElement(3)));

        Assert.Single(night.Step("a").Facts);
    }

    [Fact]
    public void A_lock_that_was_taken_over_is_asked_for_again_after_the_hold()
    {
        var night = new Driver(new ARunbook(Run("a")) { Locks = ["cluster/a"] }).Grant("", 1);
        night.Give(new LoseLocks(StepPath.Root, new RunId(Guid.NewGuid()), "emergency", 1));
        night.Give(new HoldRun(Quarantined));
        Assert.Equal(Quarantined, night.Run.Held);

        night.Give(new RetryStep(StepPath.Root, "op", null));
        night.Give(new ResumeRun("op"));

        Assert.Single(night.Commands.OfType<RequestLocks>());
    }

    [Fact]
    public void Is_held_once_though_it_is_asked_for_again_and_not_after_its_end()
    {
        var night = Held(new ARunbook(Run("a")));
        night.Give(new HoldRun(Quarantined));
        Assert.Empty(night.Last.Events);

        night.Give(new RetryStep(StepPath.Root, "op", null));
        night.Complete("a", 1);
        night.Give(new HoldRun(Quarantined));

        Assert.Empty(night.Last.Events);
        Assert.Equal(RunStatus.Done, night.Run.Status);
    }

    /// <summary>Through a snapshot, as after a restart.</summary>
    private static Driver Held(Runbook runbook)
    {
        var night = new Driver(runbook);
        night.Give(new HoldRun(Quarantined));
        night.Reload();
        return night;
    }
}
