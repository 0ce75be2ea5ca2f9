using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Postgres;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>Connections that are cut, and a server that stops, restarts and is killed.</summary>
public sealed class PostgresFaultTests(SharedServers servers)
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_append_whose_answer_was_lost_is_found_and_not_written_twice(bool asServer)
    {
        var (server, database) = await DatabaseAsync(servers);
        await using var proxy = TcpProxy.Start(server.Port);
        await using var journal = await OpenAsync(server.ConnectionString(database, port: proxy.Port));
        if (asServer) await journal.Members.HeartbeatAsync(new ServerInfo("a", "a1", ServerRoles.All, [], 1, "1"), false, Timeout.InfiniteTimeSpan, default);
        var run = JournalTests.ARun();
        await journal.AppendAsync(JournalTests.Begin(run) with { TasksAdded = [JournalTests.ATask(run, "a", 1)] });
        var held = await HeldLock.TakeAsync(server.ConnectionString(database), "SELECT position FROM journal_head FOR UPDATE");
        var appending = journal.AppendAsync(JournalTests.Say(run, 1, "once") with { Locks = [new RequestLock(StepPath.Root, ["x"])] });
        await HeldLock.WhenWaitingAsync(server, database, 1);

        // The server goes on with what it has; only nobody will hear of it.
        proxy.Cut(LinkCut.Reset);
        proxy.Heal();
        var leasing = journal.LeaseAsync([new LeaseChange(run, new TaskId(new StepPath("a"), false), 1, "w2", 2, DateTimeOffset.UnixEpoch)]);
        await HeldLock.WhenWaitingAsync(server, database, 2);
        await held.DisposeAsync();

        var appended = await appending.WaitAsync(waitLimit);
        Assert.Equal((false, 2L), (appended.Conflict, appended.Position));
        Assert.Equal(new LockGranted(run, StepPath.Root, 1), Assert.Single(appended.LockUpdates));
        Assert.True(Assert.Single(await leasing.WaitAsync(waitLimit)));
        Assert.Equal([1, 2], (await journal.ReadPageAsync(0, null, 10, default)).Select(entry => entry.Position));
        Assert.False((await journal.AppendAsync(JournalTests.Say(run, 2, "on"))).Conflict);
        Assert.Equal(3, journal.Tail.Position);
    }

    [Fact]
    public async Task Of_thousands_who_wait_for_a_server_that_is_away_one_asks_for_all()
    {
        var (server, database) = await DatabaseAsync(servers);
        await using var proxy = TcpProxy.Start(server.Port);
        await using var journal = await OpenAsync(server.ConnectionString(database, port: proxy.Port));
        proxy.Cut(LinkCut.Reset);
        var reads = Enumerable.Range(0, 2_000).Select(_ => journal.FindAsync(JournalTests.ARun(), default)).ToList();
        // Until each has tried, and tried again.
        for (var asked = -1; asked != proxy.Asked || journal.Unavailable is null;)
        {
            asked = proxy.Asked;
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        }

        var before = proxy.Asked;
        for (var looks = 0; looks < 10; looks++) await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);

        Assert.InRange(proxy.Asked - before, 0, 30);
        proxy.Heal();
        Assert.All(await Task.WhenAll(reads).WaitAsync(waitLimit), Assert.Null);
        Assert.Null(journal.Unavailable);
    }

    [Fact]
    public async Task An_append_that_was_torn_away_before_its_commit_is_written_once()
    {
        var (server, database) = await DatabaseAsync(servers);
        await using var journal = await OpenAsync(server.ConnectionString(database));
        var run = JournalTests.ARun();
        await journal.AppendAsync(JournalTests.Begin(run));
        var held = await HeldLock.TakeAsync(server.ConnectionString(database), "SELECT position FROM journal_head FOR UPDATE");
        var appending = journal.AppendAsync(JournalTests.Say(run, 1, "once"));
        await HeldLock.WhenWaitingAsync(server, database, 1);

        await server.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'");
        await HeldLock.WhenWaitingAsync(server, database, 1);
        await held.DisposeAsync();

        Assert.False((await appending.WaitAsync(waitLimit)).Conflict);
        Assert.Equal([1, 2], (await journal.ReadPageAsync(0, null, 10, default)).Select(entry => entry.Position));
    }

    [Fact]
    public async Task Of_many_appends_under_cuts_every_one_is_written_once_and_in_one_order_without_gaps()
    {
        const int Runs = 24, Steps = 40;
        var (server, database) = await DatabaseAsync(servers);
        await using var first = await OpenAsync(server.ConnectionString(database));
        await using var second = await OpenAsync(server.ConnectionString(database));
        using var stopping = new CancellationTokenSource(waitLimit);
        var watching = Task.Run(async () =>
        {
            var seen = new List<long>();
            await foreach (var entry in first.Tail.WatchAsync(first, 0, null, stopping.Token))
            {
                seen.Add(entry.Position);
                if (seen.Count == Runs * Steps) break;
            }

            return seen;
        });

        var appending = Task.WhenAll(Enumerable.Range(0, Runs).Select(number => Task.Run(async () =>
        {
            var (run, journal) = (JournalTests.ARun(), number % 2 == 0 ? first : second);
            for (var version = 0; version < Steps; version++)
            {
                var appended = await journal.AppendAsync(version == 0 ? JournalTests.Begin(run) : JournalTests.Say(run, version, "on"));
                Assert.False(appended.Conflict);
            }
        })));
        do await server.CutConnectionsAsync(database);
        while (await Task.WhenAny(appending, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System)) != appending);

        await appending;
        Assert.Equal(Enumerable.Range(1, Runs * Steps).Select(position => (long)position), await watching);
    }

    /// <summary>Transactions of many buffers: when one fails, much of it is still on its way out.</summary>
    [Fact]
    public async Task Of_large_appends_under_cuts_every_one_has_all_that_belongs_to_it()
    {
        const int Writers = 24, Runs = 25;
        var (server, database) = await DatabaseAsync(servers);
        await using var proxy = TcpProxy.Start(server.Port);
        await using var journal = await OpenAsync(server.ConnectionString(database, port: proxy.Port));
        var runs = new ConcurrentBag<RunId>();
        var appending = Task.WhenAll(Enumerable.Range(0, Writers).Select(number => Task.Run(async () =>
        {
            for (var turn = 0; turn < Runs; turn++)
            {
                var run = JournalTests.ARun();
                var name = new string('x', (number * 7919 + turn * 104729) % 20_000);
                await journal.AppendAsync(JournalTests.Begin(run) with
                {
                    Events = [new SignalReceived(name, null, "alice")],
                    TasksAdded = [JournalTests.ATask(run, "a", 1), JournalTests.ATask(run, "b/c", 1)],
                    TimersSet = [new SetTimer(new TimerId(new StepPath("a"), TimerPurpose.Wait), DateTimeOffset.UnixEpoch)],
                });
                runs.Add(run);
            }
        })));

        for (var cut = 0; !appending.IsCompleted; cut++)
        {
            if (cut % 3 == 0)
            {
                await server.CutConnectionsAsync(database);
            }
            else
            {
                proxy.Cut(LinkCut.Reset);
                proxy.Heal();
            }

            await Task.WhenAny(appending, Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System));
        }

        await appending;
        var expected = runs.SelectMany(run => (IEnumerable<(RunId, string)>)[(run, "a"), (run, "b/c")]).ToHashSet();
        Assert.Equal(Writers * Runs, runs.Count);
        Assert.Equal(Writers * Runs, (await journal.ReadPageAsync(0, null, Writers * Runs * 2, default)).Count);
        var tasks = await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default);
        Assert.Equal(expected.Count, tasks.Count);
        Assert.Equal(expected, tasks.Select(task => (task.Run, task.Id.Path.Value)).ToHashSet());
        Assert.Equal(Writers * Runs, (await journal.PendingTimersAsync(default)).Count);
    }

    [Fact]
    public async Task While_the_server_is_away_reads_and_writes_wait_and_the_trouble_is_said()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var server = await PostgresServer.StartAsync();
        await using var journal = await OpenAsync(await server.CreateDatabaseAsync());
        var run = JournalTests.ARun();
        await journal.AppendAsync(JournalTests.Begin(run));

        await server.StopAsync();
        var writing = journal.AppendAsync(JournalTests.Say(run, 1, "meanwhile"));
        var reading = journal.LoadAsync(run, default);
        while (journal.Unavailable is null) await Task.Yield();
        var unavailable = journal.Unavailable;
        await server.StartAsync();

        Assert.False((await writing.WaitAsync(waitLimit)).Conflict);
        Assert.NotNull(await reading.WaitAsync(waitLimit));
        Assert.Null(journal.Unavailable);
        Assert.Contains($"127.0.0.1:{server.Port}", unavailable.What, StringComparison.Ordinal);
        Assert.Equal(2, (await journal.ReadPageAsync(0, null, 10, default)).Count);
    }

    [Fact]
    public async Task What_was_answered_is_there_after_a_kill_though_the_database_was_told_to_write_later()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var server = await PostgresServer.StartAsync("synchronous_commit=off", "wal_writer_delay=10s");
        await using var journal = await OpenAsync(await server.CreateDatabaseAsync());
        var run = JournalTests.ARun();
        for (var version = 0; version < 20; version++) await journal.AppendAsync(version == 0 ? JournalTests.Begin(run) : JournalTests.Say(run, version, "on"));

        await server.KillAsync();
        await server.StartAsync();

        Assert.Equal(20, (await journal.ReadPageAsync(0, null, 100, default)).Count);
        Assert.False((await journal.AppendAsync(JournalTests.Say(run, 20, "on"))).Conflict);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_a_server_that_is_away()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var server = await PostgresServer.StartAsync();
        var journal = await OpenAsync(await server.CreateDatabaseAsync());
        await journal.AppendAsync(JournalTests.Begin(JournalTests.ARun()));
        await server.StopAsync();
        var writing = journal.AppendAsync(JournalTests.Begin(JournalTests.ARun()));
        var reading = journal.FindAsync(JournalTests.ARun(), default);

        await journal.DisposeAsync().AsTask().WaitAsync(waitLimit);

        await Assert.ThrowsAsync<JournalUnavailableException>(() => writing);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => reading);
    }

    private static async Task<(PostgresServer Server, string Database)> DatabaseAsync(SharedServers servers)
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var server = await servers.PostgresAsync();
        return (server, await server.CreateDatabaseNamedAsync());
    }

    private static Task<PostgresJournal> OpenAsync(string store) => PostgresJournal.OpenAsync(store, TimeProvider.System, NullLogger.Instance, default);
}
