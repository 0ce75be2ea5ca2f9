using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Storage.Sql;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Journals;

public sealed class OutageTests
{
    private readonly ManualClock clock = new(DateTimeOffset.UnixEpoch);
    private readonly Outage outage;

    public OutageTests() => outage = new Outage(error => error.Message, onlyWrites: false, clock, NullLogger.Instance);

    [Fact]
    public void What_fails_is_trouble_since_the_first_until_something_is_answered()
    {
        var begun = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(1));
        outage.Met(new TimeoutException("one"), begun);
        clock.Advance(TimeSpan.FromSeconds(1));
        outage.Met(new TimeoutException("two"));
        var over = outage.WhenOver;

        Assert.Equal(("two", DateTimeOffset.UnixEpoch.AddSeconds(1)), (outage.Trouble!.What, outage.Trouble.Since));
        Assert.False(over.IsCompleted);
        outage.Over();
        Assert.Null(outage.Trouble);
        Assert.True(over.IsCompleted);
    }

    [Fact]
    public void What_was_begun_before_the_last_answer_tells_nothing_of_now()
    {
        var silent = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(10));
        outage.Over();

        outage.Met(new TimeoutException("late"), silent);
        Assert.Null(outage.Trouble);

        clock.Advance(TimeSpan.FromSeconds(1));
        outage.Met(new TimeoutException("now"), clock.GetTimestamp());
        Assert.Equal("now", outage.Trouble?.What);
    }
}
