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
        var night = new Driver(new ARunbook(Run("a"), Run("b")));

        Assert.Equal("a", Assert.Single(night.Tasks).Path.Value);
        night.Complete("a");
        Assert.Equal("b", Assert.Single(night.Tasks).Path.Value);
        night.Complete("b");

        Assert.Equal(RunStatus.Done, night.Run.Status);
        Assert.Empty(night.Commands);
        Assert.Empty(night.Timers);
    }

    [Fact]
    public void Gives_every_attempt_the_same_idempotency_key()
    {
        var night = new Driver(new ARunbook(Run("a", attempts: 2)));
        var first = night.Task("a");

        night.Fail("a").Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(2, night.Task("a").Attempt);
        Assert.Equal(first.IdempotencyKey, night.Task("a").IdempotencyKey);
        Assert.Equal($"{night.Run.Id}/a", first.IdempotencyKey);
    }

    [Fact]
    public void Waits_longer_from_attempt_to_attempt_with_a_jitter_that_replays()
    {
        var night = new Driver(new ARunbook(Run("a", attempts: 3)));

        night.Fail("a");
        var first = night.Timers.Single().Value - night.Now;
        night.Pass(first).Fail("a");
        var second = night.Timers.Single().Value - night.Now;

        Assert.InRange(first.TotalSeconds, 0.8, 1.2);
        Assert.InRange(second.TotalSeconds, 1.6, 2.4);
        Assert.Equal(first, Backoff.Delay(new RetryPolicy(3, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), 0.2), night.Run.Id, new StepPath("a"), 1, 1));
    }

    [Fact]
    public void Never_retries_an_error_that_cannot_get_better()
    {
        var night = new Driver(new ARunbook(Run("a", attempts: 3)));

        night.Fail("a", retryable: false);

        Assert.Equal(RunStatus.Incident, night.Run.Status);
        Assert.Empty(night.Tasks);
    }

    [Fact]
    public void Counts_a_timeout_as_a_failed_attempt()
    {
        var night = new Driver(new ARunbook(Run("a", attempts: 2) with { Timeout = TimeSpan.FromMinutes(1) }));

        night.Pass(TimeSpan.FromMinutes(1));

        Assert.Contains(night.Events.OfType<AttemptFailed>(), failed => failed.Error.Code == "timeout" && failed.RetryAt is not null);
        Assert.Equal(StepStatus.Retrying, night.Status("a"));
    }

    [Fact]
    public void Ignores_a_result_that_comes_late_twice_or_for_nothing()
    {
        var night = new Driver(new ARunbook(Run("a", attempts: 2), Run("b")));
        night.Fail("a").Pass(TimeSpan.FromSeconds(2));

        Assert.Same(Decision.Nothing, night.Give(new CompleteTask(new StepPath("a"), 1, false, null)));
        night.Complete("a");
        Assert.Same(Decision.Nothing, night.Give(new CompleteTask(new StepPath("a"), 2, false, null)));
        Assert.Same(Decision.Nothing, night.Give(new CompleteTask(new StepPath("nowhere"), 1, false, null)));
        Assert.Same(Decision.Nothing, night.Give(new FireTimer(new TimerId(new StepPath("a"), TimerPurpose.Retry))));
    }

    [Fact]
    public void Skips_a_step_whose_condition_is_falsy()
    {
        var night = new Driver(new ARunbook(Run("a") with { When = Code("inputs.go") }, Run("b") with { When = Code("steps.a.status == 'skipped'") }));

        Assert.Equal(StepStatus.Skipped, night.Status("a"));
        Assert.Equal("b", Assert.Single(night.Tasks).Path.Value);
    }

    [Fact]
    public void Gives_a_step_the_results_of_those_before_it()
    {
        var second = Run("b") with { With = With(("peak", Code("steps.a.result.peak + 1")), ("by", Code("run.startedBy"))) };
        var night = new Driver(new ARunbook(Run("a"), Sequence("inner", second)));

        night.Complete("a", new { peak = 0.8 });

        Assert.Equal("""{"peak":1.8,"by":"starter"}""", night.Task("inner/b").Arguments.GetRawText());
    }

    [Fact]
    public void Keeps_a_fact_once_for_each_key()
    {
        var night = new Driver(new ARunbook(Run("a")));
        var fact = new ReportFact(new StepPath("a"), 1, false, "wave-1", JsonSerializer.SerializeToElement(1));

        Assert.Single(night.Give(fact).Events);
        Assert.Same(Decision.Nothing, night.Give(fact with { Fact = JsonSerializer.SerializeToElement(2) }));
        Assert.Equal(1, night.Step("a").Facts["wave-1"].GetInt32());
    }

    [Fact]
    public void Opens_an_incident_for_a_bad_expression_and_goes_on_after_a_skip()
    {
        var night = new Driver(new ARunbook(Run("a") with { With = With(("x", Code("steps.zero.result"))) }, Run("b")));

        Assert.Equal(RunStatus.Incident, night.Run.Status);
        night.Give(new SkipStep(new StepPath("a"), "op", "not needed"));

        Assert.Equal("b", Assert.Single(night.Tasks).Path.Value);
    }
}
