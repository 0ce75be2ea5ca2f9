using Orchestrator.Server.Projections;

namespace Orchestrator.Server.Tests;

/// <summary>How projections stand, by themselves and as a server tells it.</summary>
public sealed class ProjectionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Ready_tells_how_far_each_projection_is()
    {
        await server.StartAsync("runbook: waits\nsteps:\n  - { id: w, wait: { signal: go, timeout: 2h } }\n");
        await server.Client.GetStringAsync("/api/fleet");
        await server.Client.GetStringAsync("/api/approvals");

        var lines = (await server.Client.GetStringAsync("/health/ready")).Split('\n');

        Assert.Equal("ready", lines[0]);
        foreach (var name in (string[])["work", "fleet", "emergency-hold"])
            Assert.Matches($@"^projection {name}: at [1-9]\d* of [1-9]\d*$", Assert.Single(lines, line => line.StartsWith($"projection {name}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_projection_tells_where_it_is_and_why_it_cannot_go_on_until_it_does()
    {
        using var stopping = new CancellationTokenSource();
        var health = new ProjectionHealth("work");
        Assert.Equal("projection work: nobody has asked for it", health.Say(7));

        health.Reach(5);
        health.Reach(3);
        Assert.Equal("projection work: at 5 of 7", health.Say(7));
        Assert.Equal("projection work: at 5 of 5", health.Say(4));

        await Assert.ThrowsAsync<InvalidDataException>(() => health.WatchAsync(Task.FromException(new InvalidDataException("garbled")), stopping.Token));
        Assert.Equal("projection work: at 5 of 7, and cannot go on: InvalidDataException: garbled", health.Say(7));

        health.Reach(6);
        Assert.Equal((6, null), (health.Position, health.Error));

        await stopping.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => health.WatchAsync(Task.FromCanceled(stopping.Token), stopping.Token));
        Assert.Null(health.Error);
    }
}
