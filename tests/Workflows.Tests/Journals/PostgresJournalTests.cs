using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Postgres;

namespace Orchestrator.Workflows.Tests.Journals;

public sealed class PostgresJournalTests(SharedServers servers) : DurableJournalTests
{
    private string? store;

    [Fact]
    public async Task Two_processes_that_start_at_once_make_the_tables_once()
    {
        store = await StoreAsync();

        var journals = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(OpenAsync)));

        await journals[0].AppendAsync(Begin(ARun()));
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM journal_schema"));
        Assert.Single(await journals[7].ReadPageAsync(0, null, 10, default));
        foreach (var journal in journals) await journal.DisposeAsync();
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_a_way_to_mend_it()
    {
        await using (await OpenAsync())
        {
        }

        await ScalarAsync("UPDATE journal_schema SET version = 99; UPDATE formats SET oldest_schema = 99");

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("schema version 99", refused.Message, StringComparison.Ordinal);
        Assert.Contains("run the newer orchestrator", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Prot=1", "cannot be read")]
    [InlineData("Host=127.0.0.1", "must name Host and Database")]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=y", "cannot be reached")]
    public async Task A_store_that_cannot_be_is_refused_with_a_way_to_mend_it(string connectionString, string said)
    {
        store = connectionString;

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_hosts_the_primary_is_found()
    {
        var server = await ServerAsync();
        var database = await server.CreateDatabaseNamedAsync();
        store = $"Host=127.0.0.1:1,127.0.0.1:{server.Port};Target Session Attributes=primary;Username=postgres;Database={database}";

        await using var journal = await OpenAsync();

        Assert.False((await journal.AppendAsync(Begin(ARun()))).Conflict);
        Assert.Single(await journal.ReadPageAsync(0, null, 10, default));
    }

    [Fact]
    public async Task A_database_that_is_missing_is_refused_with_a_way_to_mend_it()
    {
        store = (await ServerAsync()).ConnectionString("nowhere");

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("has no database 'nowhere'; make it (createdb", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_not_told()
    {
        var server = await ServerAsync();
        await server.ExecuteAsync($"CREATE ROLE {Unique("clerk")} LOGIN PASSWORD 'right'");
        foreach (var password in new[] { "wrong-one", null })
        {
            store = server.ConnectionString(user: Unique("clerk"), password: password);

            var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

            Assert.Contains("assword", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("wrong-one", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("cannot be reached", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_user_who_may_not_make_tables_is_refused_with_a_way_to_mend_it()
    {
        var server = await ServerAsync();
        var database = await server.CreateDatabaseNamedAsync();
        await server.ExecuteAsync($"CREATE ROLE {Unique("guest")} LOGIN PASSWORD 'g'");
        store = server.ConnectionString(database, Unique("guest"), "g");

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("make the user the database's owner", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_in_another_encoding_is_refused_with_a_way_to_mend_it()
    {
        var server = await ServerAsync();
        await server.ExecuteAsync($"CREATE DATABASE {Unique("latin")} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'");
        store = server.ConnectionString(Unique("latin"));

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("createdb -E UTF8", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_takes_the_row_of_the_one_before_it_in_its_block()
    {
        await using var journal = await OpenAsync();
        var run = ARun();
        await journal.AppendAsync(Begin(run) with { TasksAdded = [ATask(run, "a", 1), ATask(run, "loop/1/a", 1)] });
        for (var step = 1; step <= 20; step++)
        {
            await journal.AppendAsync(Say(run, step, "on") with
            {
                TasksAdded = [ATask(run, $"s{step}", 1)],
                TasksRemoved = [new TaskId(new StepPath(step == 1 ? "a" : $"s{step - 1}"), false)],
            });
        }

        Assert.Equal(["loop/1/a", "s20"], (await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Select(task => task.Task.Path.Value).Order());
        Assert.Equal(2L, await ScalarAsync("SELECT count(*) FROM tasks"));
    }

    [Fact]
    public async Task A_step_looks_its_rows_up_and_never_goes_through_those_of_all_runs()
    {
        const int Pending = 2000, Steps = 50;
        store = await StoreAsync();
        await using (await OpenAsync())
        {
            // As autovacuum leaves it: the planner knows that the tables are empty.
            await ScalarAsync("VACUUM ANALYZE");
        }

        await using (var journal = await OpenAsync())
        {
            var run = ARun();
            var task = new TaskId(new StepPath("a"), false);
            var timer = new TimerId(new StepPath("a"), TimerPurpose.Timeout);
            await journal.AppendAsync(Begin(run) with { TasksAdded = [ATask(run, "a", 1)] });
            await Task.WhenAll(Enumerable.Range(0, Pending).Select(async _ =>
            {
                var other = ARun();
                await journal.AppendAsync(Begin(other) with { TasksAdded = [ATask(other, "a", 1)], TimersSet = [new SetTimer(timer, DateTimeOffset.UnixEpoch)] });
            }));
            for (var step = 1; step <= Steps; step++)
            {
                await journal.LeaseAsync([new LeaseChange(run, task, 1, "w2", 1, DateTimeOffset.UnixEpoch)]);
                await journal.AppendAsync(Say(run, step, "on") with { TasksRemoved = [task], TasksAdded = [ATask(run, "a", 1)], TimersSet = [new SetTimer(timer, DateTimeOffset.UnixEpoch)] });
                await journal.AppendAsync(new Transition(run, run, 0, DateTimeOffset.UnixEpoch, []) { TimersCleared = [timer] });
            }

            await journal.AppendAsync(Say(run, Steps + 1, "over") with { Summary = Begin(run).Summary! with { Status = RunStatus.Done, EndedAt = DateTimeOffset.UnixEpoch }, Ends = true });
        }

        // A few for each row, where going through all would be thousands for each step.
        Assert.InRange((decimal)(await ScalarAsync("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"))!, 1, 20 * (Pending + 3 * Steps));
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM tasks JOIN runs USING (run) WHERE runs.ended_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_task_whose_predecessor_is_not_where_it_should_be_is_there_all_the_same()
    {
        await using var journal = await OpenAsync();
        var (run, other) = (ARun(), ARun());
        await journal.AppendAsync(Begin(run));
        await journal.AppendAsync(Begin(other));

        var appended = await Task.WhenAll(
            journal.AppendAsync(Say(run, 1, "on") with { TasksRemoved = [new TaskId(new StepPath("gone"), false)], TasksAdded = [ATask(run, "b", 1)] }),
            journal.AppendAsync(Say(other, 1, "on")));

        Assert.All(appended, result => Assert.False(result.Conflict));
        Assert.Equal("b", Assert.Single(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Task.Path.Value);
    }

    private protected override async Task<IJournal> OpenAsync() =>
        await PostgresJournal.OpenAsync(store ??= await StoreAsync(), TimeProvider.System, NullLogger.Instance, default);

    private async Task<PostgresServer> ServerAsync()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        return await servers.PostgresAsync();
    }

    private async Task<string> StoreAsync() => await (await ServerAsync()).CreateDatabaseAsync();

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(store!);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static string Unique(string name) => $"journal_{name}";
}
