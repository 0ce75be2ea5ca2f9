using System.Text.Json;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Journals.Sqlite;
using Orchestrator.Workflows.Runbooks;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Journals;

public abstract class JournalTests : IDisposable
{
    private protected abstract IJournal Open();

    [Fact]
    public async Task Of_appends_that_race_for_a_version_one_wins_and_other_runs_are_not_touched()
    {
        await using var journal = Open();
        var contested = ARun();
        var others = Enumerable.Range(0, 50).Select(_ => ARun()).ToList();

        var racing = Enumerable.Range(0, 50).Select(_ => Task.Run(() => journal.AppendAsync(Begin(contested)))).ToList();
        var alone = others.Select(run => Task.Run(() => journal.AppendAsync(Begin(run)))).ToList();
        var results = await Task.WhenAll(racing);
        var untouched = await Task.WhenAll(alone);

        Assert.Single(results, result => !result.Conflict);
        Assert.All(untouched, result => Assert.False(result.Conflict));
        Assert.Equal(51, journal.Tail.Position);
        Assert.Single(await journal.ReadAsync(contested, 0, default).ToListAsync());
    }

    [Fact]
    public async Task A_version_may_not_be_skipped()
    {
        await using var journal = Open();
        var run = ARun();
        await journal.AppendAsync(Begin(run));

        Assert.True((await journal.AppendAsync(Say(run, 5, "far"))).Conflict);
        Assert.True((await journal.AppendAsync(Say(run, 0, "again"))).Conflict);
        Assert.False((await journal.AppendAsync(Say(run, 1, "next"))).Conflict);
    }

    [Fact]
    public async Task Of_deeds_that_race_for_a_version_of_a_subject_one_is_kept()
    {
        await using var journal = Open();
        var runbook = new StoredRunbook("a", "digest", "runbook: a");

        var racing = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => journal.AddDeedAsync(ADeed("runbook/a", 1), runbook))));
        var other = await journal.AddDeedAsync(ADeed("runbook/b", 1), null);
        var skipped = await journal.AddDeedAsync(ADeed("runbook/a", 3), runbook with { Digest = "never" });
        var next = await journal.AddDeedAsync(ADeed("runbook/a", 2), null);

        Assert.Equal(1, Assert.Single(racing, position => position > 0));
        Assert.Equal((2, 0, 3), (other, skipped, next));
        Assert.Equal(runbook, await journal.FindRunbookAsync("digest", default));
        Assert.Null(await journal.FindRunbookAsync("never", default));
        var kept = await journal.DeedsAsync(0, 10, default);
        Assert.Equal([("runbook/a", 1L), ("runbook/b", 1L), ("runbook/a", 2L)], kept.Select(deed => (deed.Subject, deed.Version)));
        Assert.Equal(("ann", "note it", DateTimeOffset.UnixEpoch), (kept[0].By, kept[0].Body.GetProperty("note").GetString(), kept[0].At));
        Assert.Equal(3, Assert.Single(await journal.DeedsAsync(2, 10, default)).Position);

        static Deed ADeed(string subject, long version) =>
            new(0, subject, version, "published", "ann", DateTimeOffset.UnixEpoch, JsonElement.Parse("""{ "note": "note it" }"""));
    }

    [Fact]
    public async Task A_conflict_leaves_no_rows_behind()
    {
        await using var journal = Open();
        var run = ARun();
        await journal.AppendAsync(Begin(run));

        var refused = await journal.AppendAsync(Say(run, 7, "no") with
        {
            TasksAdded = [ATask(run, "a", 1)],
            TimersSet = [new SetTimer(new TimerId(new StepPath("a"), TimerPurpose.Wait), DateTimeOffset.UnixEpoch)],
            MessagesAdded = [new Message(new MessageId(run, StepPath.Root, MessageKind.TellParent), new CancelChild(StepPath.Root, run, "x"))],
            Locks = [new RequestLock(StepPath.Root, ["a"])],
        });

        Assert.True(refused.Conflict);
        Assert.Empty(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
        Assert.Empty(await journal.PendingTimersAsync(default));
        Assert.Empty(await journal.PendingMessagesAsync(default));
        Assert.Empty(journal.Locks);
    }

    [Fact]
    public async Task A_lease_is_taken_only_on_the_token_it_expects()
    {
        await using var journal = Open();
        var run = ARun();
        await journal.AppendAsync(Begin(run) with { TasksAdded = [ATask(run, "a", 1)] });
        var task = new TaskId(new StepPath("a"), false);
        var later = DateTimeOffset.UnixEpoch.AddHours(1);

        var taken = await journal.LeaseAsync([new LeaseChange(run, task, 1, "w2", 2, later), new LeaseChange(run, task, 1, "w3", 3, later)]);

        Assert.Equal([true, false], taken);
        var pending = Assert.Single(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
        Assert.Equal(("w2", 2L, later), (pending.Owner, pending.Token, pending.LeaseUntil));
        Assert.Empty(await journal.PendingTasksAsync(later, default));
    }

    [Fact]
    public async Task The_end_of_a_run_takes_its_rows_and_locks_along()
    {
        await using var journal = Open();
        var (first, second) = (ARun(), ARun());
        await journal.AppendAsync(Begin(first) with { Locks = [new RequestLock(StepPath.Root, ["a"])], TasksAdded = [ATask(first, "a", 1)] });
        await journal.AppendAsync(Begin(second) with { Locks = [new RequestLock(StepPath.Root, ["a"])] });

        var ended = await journal.AppendAsync(Say(first, 1, "over") with { Ends = true });

        Assert.Equal(new LockGranted(second, StepPath.Root, 2), Assert.Single(ended.News));
        Assert.Empty(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
    }

    [Fact]
    public async Task Facts_of_a_tree_come_in_journal_order()
    {
        await using var journal = Open();
        var (root, child, stranger) = (ARun(), ARun(), ARun());
        await journal.AppendAsync(Begin(root));
        await journal.AppendAsync(Begin(child, root));
        await journal.AppendAsync(Begin(stranger));
        await journal.AppendAsync(Fact(child, 1, "one"));
        await journal.AppendAsync(Fact(stranger, 1, "two"));
        await journal.AppendAsync(Fact(root, 1, "three"));

        var tree = await journal.FactsAsync(0, root, default).Select(fact => fact.Key).ToListAsync();
        var all = await journal.FactsAsync(4, null, default).Select(fact => fact.Key).ToListAsync();

        Assert.Equal(["one", "three"], tree);
        Assert.Equal(["two", "three"], all);
    }

    [Fact]
    public async Task The_runbook_published_last_is_the_latest()
    {
        await using var journal = Open();
        await journal.PublishAsync(new StoredRunbook("a", "1", "old"));
        await journal.PublishAsync(new StoredRunbook("a", "2", "new"));
        await journal.PublishAsync(new StoredRunbook("a", "1", "old"));

        Assert.Equal("1", (await journal.FindLatestRunbookAsync("a", default))!.Digest);
        Assert.Equal("new", (await journal.FindRunbookAsync("2", default))!.Source);
        Assert.Null(await journal.FindRunbookAsync("3", default));
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    private protected static RunId ARun() => RunId.New(DateTimeOffset.UnixEpoch);

    private protected static Transition Begin(RunId run, RunId? root = null) => Say(run, 0, "begin") with
    {
        Root = root ?? run,
        Summary = new RunSummary(run, "sample", "digest", RunStatus.Running, Lane.Normal, DateTimeOffset.UnixEpoch, null, "alice", null, root ?? run, null),
    };

    private protected static Transition Say(RunId run, long expected, string name) =>
        new(run, run, expected, DateTimeOffset.UnixEpoch, [new SignalReceived(name, null, "alice")]);

    private static Transition Fact(RunId run, long expected, string key) =>
        new(run, run, expected, DateTimeOffset.UnixEpoch, [new FactReported(new StepPath("a"), 1, key, JsonSerializer.SerializeToElement(1), false)]);

    private protected static PendingTask ATask(RunId run, string path, long token) =>
        new(run, new ExecuteTask(new StepPath(path), 1, false, "x", JsonSerializer.SerializeToElement(new { }), "key", Lane.Normal), "w1", token, DateTimeOffset.UnixEpoch);
}

public sealed class MemoryJournalTests : JournalTests
{
    private protected override IJournal Open() => new MemoryJournal();

    [Fact]
    public async Task Of_the_runs_that_ended_the_oldest_are_forgotten_and_open_trees_are_kept()
    {
        await using var journal = new MemoryJournal(keptEnds: 2);
        var (open, child) = (ARun(), ARun());
        await journal.AppendAsync(Begin(open));
        await journal.AppendAsync(Ended(Begin(child, open)));
        var ended = Enumerable.Range(0, 2000).Select(_ => ARun()).ToList();
        foreach (var run in ended) await journal.AppendAsync(Ended(Begin(run)));

        Assert.Null(await journal.FindAsync(ended[^3], default));
        Assert.NotNull(await journal.FindAsync(ended[^2], default));
        Assert.NotNull(await journal.FindAsync(open, default));
        Assert.NotNull(await journal.FindAsync(child, default));
        var entries = await journal.ReadPageAsync(0, null, 100, default);
        Assert.Equal([open, child, ended[^2], ended[^1]], entries.Select(entry => entry.Run));
        Assert.Equal([1, 2, 2001, 2002], entries.Select(entry => entry.Position));

        await journal.AppendAsync(Say(open, 1, "end") with { Summary = Ended(Begin(open)).Summary, Ends = true });
        foreach (var run in new[] { ARun(), ARun(), ARun() }) await journal.AppendAsync(Ended(Begin(run)));

        Assert.Null(await journal.FindAsync(open, default));
        Assert.Null(await journal.FindAsync(child, default));
        Assert.Equal([2005, 2006], (await journal.ReadPageAsync(2003, null, 100, default)).Select(entry => entry.Position));
    }

    private static Transition Ended(Transition transition) =>
        transition with { Summary = transition.Summary! with { Status = RunStatus.Done, EndedAt = DateTimeOffset.UnixEpoch }, Ends = true };
}

public sealed class SqliteJournalTests : JournalTests
{
    private readonly TemporaryFolder folder = new();

    private protected override IJournal Open() => SqliteJournal.Open(folder.Path);

    [Fact]
    public async Task Everything_is_there_when_it_is_opened_again()
    {
        var run = ARun();
        var timer = new SetTimer(new TimerId(new StepPath("w"), TimerPurpose.Wait), DateTimeOffset.UnixEpoch.AddDays(1));
        var message = new Message(new MessageId(run, new StepPath("c"), MessageKind.StartChild), new StartChild(new StepPath("c"), ARun(), "child", JsonSerializer.SerializeToElement(new { a = 1 })));
        await using (var journal = Open())
        {
            await journal.AppendAsync(Begin(run) with
            {
                TasksAdded = [ATask(run, "a", 4)],
                TimersSet = [timer],
                MessagesAdded = [message],
                Locks = [new RequestLock(StepPath.Root, ["x"])],
            });
            await journal.SaveSnapshotAsync(run, 1, "{}"u8.ToArray());
        }

        await using var again = Open();

        Assert.Equal(1, again.Tail.Position);
        Assert.Equal(4, Assert.Single(await again.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Token);
        Assert.Equal(new PendingTimer(run, timer.Timer, timer.Due), Assert.Single(await again.PendingTimersAsync(default)));
        Assert.Equal(message.Id, Assert.Single(await again.PendingMessagesAsync(default)).Id);
        Assert.Equal(new LockGranted(run, StepPath.Root, 1), Assert.Single(await again.UntoldLocksAsync(default)));
        var stored = (await again.LoadAsync(run, default))!;
        Assert.Equal(("{}", 1L, 0), (System.Text.Encoding.UTF8.GetString(stored.Snapshot!), stored.SnapshotVersion, stored.Entries.Count));
        var other = await again.AppendAsync(Begin(ARun()) with { Locks = [new RequestLock(StepPath.Root, ["y"])] });
        Assert.Equal(2, Assert.IsType<LockGranted>(Assert.Single(other.News)).Token);
    }

    [Fact]
    public async Task A_write_that_fails_fails_alone()
    {
        await using var journal = Open();
        var run = ARun();
        await journal.AppendAsync(Begin(run));
        // A second first transition's summary would break the table's own rule of one row a run.
        var broken = new Transition(ARun(), run, 0, DateTimeOffset.UnixEpoch, [new SignalReceived("x", null, "a")]) { Summary = Begin(run).Summary };

        var good = Enumerable.Range(0, 20).Select(_ => journal.AppendAsync(Begin(ARun()))).ToList();
        var bad = journal.AppendAsync(broken);
        good.AddRange(Enumerable.Range(0, 20).Select(_ => journal.AppendAsync(Begin(ARun()))));

        await Assert.ThrowsAsync<SqliteException>(() => bad);
        Assert.All(await Task.WhenAll(good), result => Assert.False(result.Conflict));
        Assert.Equal(Enumerable.Range(1, 41).Select(position => (long)position), (await journal.ReadPageAsync(0, null, 100, default)).Select(entry => entry.Position));
    }

    [Fact]
    public async Task A_folder_in_use_is_refused_with_a_way_to_mend_it()
    {
        await using var journal = Open();

        var refused = Assert.Throws<JournalUnavailableException>(Open);

        Assert.Contains("in use by another orchestrator process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_a_way_to_mend_it()
    {
        await using (Open())
        {
        }

        await using (var connection = new SqliteConnection($"Data Source={folder.Path}/orchestrator.db;Pooling=False"))
        {
            connection.Open();
            var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        var refused = Assert.Throws<JournalUnavailableException>(Open);

        Assert.Contains("schema version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_with_a_way_to_mend_it()
    {
        File.WriteAllText(Path.Combine(folder.Path, "orchestrator.db"), new string('x', 5000));

        var refused = Assert.Throws<JournalUnavailableException>(Open);

        Assert.Contains("cannot be opened", refused.Message, StringComparison.Ordinal);
    }

    protected override void Dispose(bool disposing)
    {
        folder.Dispose();
        base.Dispose(disposing);
    }
}
