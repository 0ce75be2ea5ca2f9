using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Storage.Sql;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Journals;

public sealed class StoreHealthTests
{
    private readonly ManualClock clock = new(DateTimeOffset.UnixEpoch);
    private readonly StoreHealth health;

    public StoreHealthTests() => health = new StoreHealth(error => error.Message, onlyWrites: false, clock, NullLogger.Instance);

    [Fact]
    public void A_failure_makes_the_store_unavailable_until_something_is_answered()
    {
        var begun = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(1));
        health.Met(new TimeoutException("one"), begun);
        clock.Advance(TimeSpan.FromSeconds(1));
        health.Met(new TimeoutException("two"));
        var over = health.WhenOver;

        Assert.Equal(("two", DateTimeOffset.UnixEpoch.AddSeconds(1)), (health.Unavailable!.What, health.Unavailable.Since));
        Assert.False(over.IsCompleted);
        health.Over();
        Assert.Null(health.Unavailable);
        Assert.True(over.IsCompleted);
    }

    [Fact]
    public void What_was_begun_before_the_last_answer_tells_nothing_of_now()
    {
        var silent = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(10));
        health.Over();

        health.Met(new TimeoutException("late"), silent);
        Assert.Null(health.Unavailable);

        clock.Advance(TimeSpan.FromSeconds(1));
        health.Met(new TimeoutException("now"), clock.GetTimestamp());
        Assert.Equal("now", health.Unavailable?.What);
    }
}
