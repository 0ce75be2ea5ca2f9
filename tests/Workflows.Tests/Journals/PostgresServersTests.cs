using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Postgres;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>Several servers on one database.</summary>
public sealed class PostgresServersTests(SharedServers servers) : IAsyncLifetime
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan never = TimeSpan.FromHours(1);

    private PostgresServer server = null!;
    private string database = "";
    private PostgresJournal first = null!;
    private PostgresJournal second = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        server = await servers.PostgresAsync();
        database = await server.CreateDatabaseNamedAsync();
        first = await OpenAsync();
        second = await OpenAsync();
    }

    [Fact]
    public async Task A_watcher_on_each_server_sees_what_all_of_them_append_in_one_order_without_a_gap()
    {
        const int Runs = 40, Steps = 25;
        using var stopping = new CancellationTokenSource(waitLimit);
        var watchers = new[] { first, second }.Select(journal => Task.Run(() => WatchAsync(journal, Runs * Steps, stopping.Token))).ToList();

        await Task.WhenAll(Enumerable.Range(0, Runs).Select(number => Task.Run(async () =>
        {
            var run = JournalTests.ARun();
            for (var version = 0; version < Steps; version++)
            {
                var journal = (number + version) % 2 == 0 ? first : second;
                var appended = await journal.AppendAsync(version == 0 ? JournalTests.Begin(run) : JournalTests.Say(run, version, "on"));
                Assert.False(appended.Conflict);
            }
        })));

        var seen = await Task.WhenAll(watchers);
        Assert.Equal(Enumerable.Range(1, Runs * Steps).Select(position => (long)position), seen[0].Select(entry => entry.Position));
        Assert.Equal(seen[0].Select(entry => (entry.Position, entry.Run, entry.Version)), seen[1].Select(entry => (entry.Position, entry.Run, entry.Version)));
        Assert.All(seen[0].GroupBy(entry => entry.Run), run => Assert.Equal(Enumerable.Range(1, Steps).Select(version => (long)version), run.Select(entry => entry.Version)));
    }

    [Fact]
    public async Task A_watcher_who_comes_late_misses_nothing_of_what_other_servers_appended_before()
    {
        var run = JournalTests.ARun();
        await second.AppendAsync(JournalTests.Begin(run));
        await first.AppendAsync(JournalTests.Say(run, 1, "mine"));
        await second.AppendAsync(JournalTests.Say(run, 2, "theirs"));
        using var stopping = new CancellationTokenSource(waitLimit);

        var seen = await WatchAsync(first, 3, stopping.Token);

        Assert.Equal([1, 2, 3], seen.Select(entry => entry.Position));
    }

    [Fact]
    public async Task A_server_on_which_nobody_watches_learns_where_the_journal_ends()
    {
        await second.AppendAsync(JournalTests.Begin(JournalTests.ARun()));

        using var stopping = new CancellationTokenSource(waitLimit);
        while (first.Tail.Position < 1) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, stopping.Token);

        Assert.Equal(1, first.Tail.Position);
    }

    [Fact]
    public async Task Of_servers_that_append_to_one_run_one_wins_and_the_others_of_its_batch_are_left_alone()
    {
        var contested = JournalTests.ARun();
        var appends = Enumerable.Range(0, 60).Select(number => Task.Run(async () =>
        {
            var journal = number % 2 == 0 ? first : second;
            var alone = journal.AppendAsync(JournalTests.Begin(JournalTests.ARun()));
            var racing = journal.AppendAsync(JournalTests.Begin(contested));
            return (Alone: await alone, Racing: await racing);
        }));

        var results = await Task.WhenAll(appends);

        Assert.Single(results, result => !result.Racing.Conflict);
        Assert.All(results, result => Assert.False(result.Alone.Conflict));
        Assert.Equal(61, (await first.ReadPageAsync(0, null, 100, default)).Count);
    }

    [Fact]
    public async Task A_server_that_was_silent_for_too_long_is_declared_dead_and_writes_nothing_more()
    {
        var (dead, alive) = (Server("dead"), Server("alive"));
        await first.Members.HeartbeatAsync(dead, false, never, default);
        await first.Members.ChangeShardsAsync([0, 1, 2], [], default);
        await second.Members.HeartbeatAsync(alive, false, never, default);
        var run = JournalTests.ARun();
        await first.AppendAsync(JournalTests.Begin(run));
        await server.ExecuteAsync("UPDATE servers SET seen_at = seen_at - interval '10 seconds' WHERE name = 'dead'", database);

        var view = await second.Members.HeartbeatAsync(alive, false, TimeSpan.FromSeconds(3), default);

        Assert.Equal(["alive"], view.Servers.Select(server => server.Info.Name));
        Assert.All(view.Owners, Assert.Null);
        await Assert.ThrowsAsync<FencedException>(() => first.AppendAsync(JournalTests.Say(run, 1, "from the grave")));
        await Assert.ThrowsAsync<FencedException>(() => first.Members.ChangeShardsAsync([3], [], default));
        await Assert.ThrowsAsync<FencedException>(() => first.Members.HeartbeatAsync(dead, false, never, default));
        Assert.Single(await second.ReadAsync(run, 0, default).ToListAsync());

        await first.Members.HeartbeatAsync(Server("dead"), false, never, default);
        Assert.False((await first.AppendAsync(JournalTests.Say(run, 1, "as another instance"))).Conflict);
    }

    [Fact]
    public async Task A_server_that_does_not_judge_declares_nobody_dead()
    {
        var (quiet, alive) = (Server("quiet"), Server("alive"));
        await first.Members.HeartbeatAsync(quiet, false, never, default);
        await second.Members.HeartbeatAsync(alive, false, Timeout.InfiniteTimeSpan, default);

        Assert.Equal(2, (await second.Members.HeartbeatAsync(alive, false, Timeout.InfiniteTimeSpan, default)).Servers.Length);
        Assert.Equal(2, (await first.Members.HeartbeatAsync(quiet, false, Timeout.InfiniteTimeSpan, default)).Servers.Length);
    }

    [Fact]
    public async Task Declaring_a_server_dead_waits_for_its_append_under_way()
    {
        var (slow, alive) = (Server("slow"), Server("alive"));
        await first.Members.HeartbeatAsync(slow, false, never, default);
        await second.Members.HeartbeatAsync(alive, false, never, default);
        var run = JournalTests.ARun();
        await using var held = await HeldAsync("SELECT position FROM journal_head FOR UPDATE");
        var appending = first.AppendAsync(JournalTests.Begin(run));
        await WhenWaitingAsync(1);
        await server.ExecuteAsync("UPDATE servers SET seen_at = seen_at - interval '10 seconds' WHERE name = 'slow'", database);

        var declaring = second.Members.HeartbeatAsync(alive, false, TimeSpan.FromSeconds(3), default);
        await WhenWaitingAsync(2);
        await held.DisposeAsync();

        Assert.False((await appending).Conflict);
        Assert.Single((await declaring).Servers);
        Assert.Single(await second.ReadAsync(run, 0, default).ToListAsync());
    }

    [Fact]
    public async Task A_slow_append_does_not_silence_its_server()
    {
        var server = Server("slow");
        await first.Members.HeartbeatAsync(server, false, never, default);
        await using var held = await HeldAsync("SELECT position FROM journal_head FOR UPDATE");
        var appending = first.AppendAsync(JournalTests.Begin(JournalTests.ARun()));
        await WhenWaitingAsync(1);

        var view = await first.Members.HeartbeatAsync(server, true, never, default);

        Assert.True(Assert.Single(view.Servers).Draining);
        Assert.False(appending.IsCompleted);
        await held.DisposeAsync();
        Assert.False((await appending).Conflict);
    }

    [Fact]
    public async Task Of_two_that_are_alive_under_one_name_the_second_is_refused()
    {
        await first.Members.HeartbeatAsync(Server("same"), false, never, default);

        var refused = await Assert.ThrowsAsync<ServerNameTakenException>(() => second.Members.HeartbeatAsync(Server("same"), false, never, default));

        Assert.Contains("server 'same'", refused.Message, StringComparison.Ordinal);
        await first.Members.LeaveAsync(default);
        Assert.Single((await second.Members.HeartbeatAsync(Server("same"), false, never, default)).Servers);
    }

    [Fact]
    public async Task Each_shard_is_claimed_once_though_all_claim_at_once()
    {
        ImmutableArray<int> all = [.. Enumerable.Range(0, Shards.Count)];
        var (a, b) = (Server("a"), Server("b"));
        await first.Members.HeartbeatAsync(a, false, never, default);
        await second.Members.HeartbeatAsync(b, false, never, default);

        await Task.WhenAll(first.Members.ChangeShardsAsync(all, [], default), second.Members.ChangeShardsAsync([.. all.Reverse()], [], default));
        var view = await first.Members.HeartbeatAsync(a, false, never, default);

        var winner = Assert.Single(view.Owners.Distinct());
        Assert.Contains(winner, new[] { a.Instance, b.Instance });
        var (keeper, other) = winner == a.Instance ? (first, second) : (second, first);
        await keeper.Members.ChangeShardsAsync([], [5, 6], default);
        view = await other.Members.ChangeShardsAsync(all, [7], default);
        Assert.Equal([5, 6], view.Owners.Select((owner, shard) => (owner, shard)).Where(shard => shard.owner != winner).Select(shard => shard.shard));
    }

    [Fact]
    public async Task Locks_are_granted_and_taken_over_all_servers_under_rising_tokens()
    {
        var (holder, waiter, emergency) = (JournalTests.ARun(), JournalTests.ARun(), JournalTests.ARun());
        var granted = await first.AppendAsync(JournalTests.Begin(holder) with { Locks = [new RequestLock(StepPath.Root, ["x"])] });
        var waits = await second.AppendAsync(JournalTests.Begin(waiter) with { Locks = [new RequestLock(StepPath.Root, ["x"])] });

        Assert.Equal(1, Assert.IsType<LockGranted>(Assert.Single(granted.LockUpdates)).Token);
        Assert.Empty(waits.LockUpdates);
        Assert.Equal([(holder, true), (waiter, false)], (await first.LocksAsync(default)).Select(view => (view.Run, view.Held)));
        Assert.Equal([new LockGranted(holder, StepPath.Root, 1)], await second.UntoldLocksAsync(default));

        // The server that ends the holder has never seen its request.
        var ended = await second.AppendAsync(JournalTests.Say(holder, 1, "over") with { Ends = true });
        Assert.Equal(new LockGranted(waiter, StepPath.Root, 2), Assert.Single(ended.LockUpdates));

        var taken = await first.AppendAsync(
            JournalTests.Begin(emergency) with { Locks = [new RequestLock(StepPath.Root, ["*"])], Lane = Lane.Emergency, StartedBy = "eve" });
        Assert.Equal([new LockTaken(waiter, StepPath.Root, emergency, "eve", 2), new LockGranted(emergency, StepPath.Root, 3)], taken.LockUpdates);
    }

    [Fact]
    public async Task A_lock_is_never_held_twice_though_all_servers_ask_and_end_at_once()
    {
        var runs = Enumerable.Range(0, 60).Select(_ => JournalTests.ARun()).ToList();
        var tokens = new System.Collections.Concurrent.ConcurrentBag<long>();
        var ending = new System.Collections.Concurrent.ConcurrentDictionary<RunId, Task>();

        await Task.WhenAll(runs.Select((run, number) => Task.Run(async () => await TellAsync(
            await Of(number).AppendAsync(JournalTests.Begin(run) with { Locks = [new RequestLock(StepPath.Root, ["x"])] })))));
        while (tokens.Count < runs.Count) await Task.WhenAll(ending.Values);

        Assert.Equal(runs.Count, tokens.Distinct().Count());
        Assert.Empty(await first.LocksAsync(default));

        async Task TellAsync(AppendResult appended)
        {
            foreach (var news in appended.LockUpdates.Cast<LockGranted>())
            {
                tokens.Add(news.Token);
                Assert.Single((await first.LocksAsync(default)).Where(view => view.Held));
                // Ends on the other server than it began on.
                var end = Of(runs.IndexOf(news.Run) + 1).AppendAsync(JournalTests.Say(news.Run, 1, "over") with { Ends = true });
                await TellAsync(await end);
            }
        }

        PostgresJournal Of(int number) => number % 2 == 0 ? first : second;
    }

    public async ValueTask DisposeAsync()
    {
        if (first is not null) await first.DisposeAsync();
        if (second is not null) await second.DisposeAsync();
    }

    private Task<PostgresJournal> OpenAsync() =>
        PostgresJournal.OpenAsync(server.ConnectionString(database), TimeProvider.System, NullLogger.Instance, default);

    private static ServerInfo Server(string name) => new(name, Guid.NewGuid().ToString("N"), ServerRoles.All, ["region=hz"], 4, "1.0");

    private static async Task<List<JournalEntry>> WatchAsync(PostgresJournal journal, int count, CancellationToken cancellationToken)
    {
        var seen = new List<JournalEntry>();
        await foreach (var entry in journal.Tail.WatchAsync(journal, 0, null, cancellationToken))
        {
            seen.Add(entry);
            if (seen.Count == count) break;
        }

        return seen;
    }

    /// <summary>A lock that somebody else holds until it is disposed.</summary>
    private async Task<HeldLock> HeldAsync(string sql) => await HeldLock.TakeAsync(server.ConnectionString(database), sql);

    private Task WhenWaitingAsync(int count) => HeldLock.WhenWaitingAsync(server, database, count);
}
