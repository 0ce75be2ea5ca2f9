using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class SequenceTests
{
    [Fact]
    public void Runs_steps_one_after_the_other_and_ends_done()
    {
        var environmentClock = new Driver(new ARunbook(Run("a"), Run("b")));

        Assert.Equal("a", Assert.Single(environmentClock.Tasks).Path.Value);
        environmentClock.Complete("a");
        Assert.Equal("b", Assert.Single(environmentClock.Tasks).Path.Value);
        environmentClock.Complete("b");

        Assert.Equal(RunStatus.Done, environmentClock.Run.Status);
        Assert.Empty(environmentClock.Commands);
        Assert.Empty(environmentClock.Timers);
    }

    [Fact]
    public void Gives_every_attempt_the_same_idempotency_key()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 2)));
        var first = environmentClock.Task("a");

        environmentClock.Fail("a").Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(2, environmentClock.Task("a").Attempt);
        Assert.Equal(first.IdempotencyKey, environmentClock.Task("a").IdempotencyKey);
        Assert.Equal($"{environmentClock.Run.Id}/a", first.IdempotencyKey);
    }

    [Fact]
    public void Waits_longer_from_attempt_to_attempt_with_a_jitter_that_replays()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 3)));

        environmentClock.Fail("a");
        var first = environmentClock.Timers.Single().Value - environmentClock.Now;
        environmentClock.Pass(first).Fail("a");
        var second = environmentClock.Timers.Single().Value - environmentClock.Now;

        Assert.InRange(first.TotalSeconds, 0.8, 1.2);
        Assert.InRange(second.TotalSeconds, 1.6, 2.4);
        Assert.Equal(first, Backoff.Delay(new RetryPolicy(3, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), 0.2), environmentClock.Run.Id, new StepPath("a"), 1, 1));
    }

    [Fact]
    public void Never_retries_an_error_that_cannot_get_better()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 3)));

        environmentClock.Fail("a", retryable: false);

        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);
        Assert.Empty(environmentClock.Tasks);
    }

    [Fact]
    public void Counts_a_timeout_as_a_failed_attempt()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 2) with { Timeout = TimeSpan.FromMinutes(1) }));

        environmentClock.Pass(TimeSpan.FromMinutes(1));

        Assert.Contains(environmentClock.Events.OfType<AttemptFailed>(), failed => failed.Error.Code == "timeout" && failed.RetryAt is not null);
        Assert.Equal(StepStatus.Retrying, environmentClock.Status("a"));
    }

    [Fact]
    public void Ignores_a_result_that_comes_late_twice_or_for_nothing()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 2), Run("b")));
        environmentClock.Fail("a").Pass(TimeSpan.FromSeconds(2));

        Assert.Same(Decision.Nothing, environmentClock.Give(new CompleteTask(new StepPath("a"), 1, false, null)));
        environmentClock.Complete("a");
        Assert.Same(Decision.Nothing, environmentClock.Give(new CompleteTask(new StepPath("a"), 2, false, null)));
        Assert.Same(Decision.Nothing, environmentClock.Give(new CompleteTask(new StepPath("nowhere"), 1, false, null)));
        Assert.Same(Decision.Nothing, environmentClock.Give(new FireTimer(new TimerId(new StepPath("a"), TimerPurpose.Retry))));
    }

    [Fact]
    public void Skips_a_step_whose_condition_is_falsy()
    {
        var environmentClock = new Driver(new ARunbook(Run("a") with { When = Code("inputs.go") }, Run("b") with { When = Code("steps.a.status == 'skipped'") }));

        Assert.Equal(StepStatus.Skipped, environmentClock.Status("a"));
        Assert.Equal("b", Assert.Single(environmentClock.Tasks).Path.Value);
    }

    [Fact]
    public void Gives_a_step_the_results_of_those_before_it()
    {
        var second = Run("b") with { With = With(("peak", Code("steps.a.result.peak + 1")), ("by", Code("run.startedBy"))) };
        var environmentClock = new Driver(new ARunbook(Run("a"), Sequence("inner", second)));

        environmentClock.Complete("a", new { peak = 0.8 });

        Assert.Equal("""{"peak":1.8,"by":"starter"}""", environmentClock.Task("inner/b").Arguments.GetRawText());
    }

    [Fact]
    public void Keeps_a_fact_once_for_each_key()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")));
        var fact = new ReportFact(new StepPath("a"), 1, false, "wave-1", JsonSerializer.SerializeToElement(1));

        Assert.Single(environmentClock.Give(fact).Events);
        Assert.Same(Decision.Nothing, environmentClock.Give(fact with { Fact = JsonSerializer.SerializeToElement(2) }));
        Assert.Equal(1, environmentClock.Step("a").Facts["wave-1"].GetInt32());
    }

    [Fact]
    public void Opens_an_incident_for_a_bad_expression_and_goes_on_after_a_skip()
    {
        var environmentClock = new Driver(new ARunbook(Run("a") with { With = With(("x", Code("steps.zero.result"))) }, Run("b")));

        Assert.Equal(RunStatus.Incident, environmentClock.Run.Status);
        environmentClock.Give(new SkipStep(new StepPath("a"), "op", "not needed"));

        Assert.Equal("b", Assert.Single(environmentClock.Tasks).Path.Value);
    }
}
