using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using static Orchestrator.Workflows.Tests.Interpretation.Steps;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class WorkerTagsTests
{
    private static readonly Template Workers = With(("region", Code("inputs.region")), ("gpu", Value("yes")));

    [Fact]
    public void A_step_asks_for_its_tags_in_every_attempt_and_in_its_undo()
    {
        var environmentClock = new Driver(new ARunbook(Run("a", attempts: 2, undo: true) with { Workers = Workers }), new { region = "cn-hangzhou" });

        Assert.Equal(["gpu=yes", "region=cn-hangzhou"], environmentClock.Task("a").Tags);
        environmentClock.Fail("a").Reload();
        environmentClock.FireNext();
        Assert.Equal(["gpu=yes", "region=cn-hangzhou"], environmentClock.Task("a").Tags);
        environmentClock.Complete("a", 1).Reload();
        environmentClock.Give(new UndoRun("op", null));

        Assert.True(environmentClock.Task("a").Undo);
        Assert.Equal(["gpu=yes", "region=cn-hangzhou"], environmentClock.Task("a").Tags);
        Assert.Equal(["gpu=yes", "region=cn-hangzhou"], Assert.Single(environmentClock.Run.PendingCommands().OfType<ExecuteTask>()).Tags);
    }

    [Fact]
    public void A_step_that_asks_for_nothing_keeps_nothing_in_the_journal()
    {
        var environmentClock = new Driver(new ARunbook(Run("a")));

        Assert.Empty(environmentClock.Task("a").Tags);
        Assert.True(environmentClock.Events.OfType<TaskScheduled>().Single().Tags.IsDefault);
    }

    [Fact]
    public void A_value_that_is_no_word_fails_the_step()
    {
        var environmentClock = new Driver(new ARunbook(Run("a") with { Workers = Workers }), new { region = "not a word" });

        var incident = Assert.Single(environmentClock.Run.Incidents).Value;
        Assert.Equal("bad-workers", incident.Error.Code);
        Assert.Contains("region is not a word", incident.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("region=cn-hangzhou", "region=cn-hangzhou")]
    [InlineData("region: cn-hangzhou", "region=cn-hangzhou")]
    [InlineData("region", null)]
    [InlineData("a b=c", null)]
    [InlineData("a=b c", null)]
    [InlineData("=x", null)]
    public void Tags_read_as_people_write_them(string text, string? tag) => Assert.Equal(tag, WorkerTags.Parse(text));
}
