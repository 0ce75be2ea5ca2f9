using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Journals;

public abstract class JournalTests : IDisposable
{
    private protected abstract Task<IJournal> OpenAsync();

    [Fact]
    public async Task Of_appends_that_race_for_a_version_one_wins_and_other_runs_are_not_touched()
    {
        await using var journal = await OpenAsync();
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
        await using var journal = await OpenAsync();
        var run = ARun();
        await journal.AppendAsync(Begin(run));

        Assert.True((await journal.AppendAsync(Say(run, 5, "far"))).Conflict);
        Assert.True((await journal.AppendAsync(Say(run, 0, "again"))).Conflict);
        Assert.False((await journal.AppendAsync(Say(run, 1, "next"))).Conflict);
    }

    [Fact]
    public async Task Of_auditEvents_that_race_for_a_version_of_a_subject_one_is_kept()
    {
        await using var journal = await OpenAsync();
        var runbook = new StoredRunbook("a", "digest", "runbook: a");

        var racing = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => journal.AddAuditEventAsync(AnEvent("runbook/a", 1), runbook))));
        var other = await journal.AddAuditEventAsync(AnEvent("runbook/b", 1), null);
        var skipped = await journal.AddAuditEventAsync(AnEvent("runbook/a", 3), runbook with { Digest = "never" });
        var next = await journal.AddAuditEventAsync(AnEvent("runbook/a", 2), null);

        Assert.Equal(1, Assert.Single(racing, position => position > 0));
        Assert.Equal((2, 0, 3), (other, skipped, next));
        Assert.Equal(runbook, await journal.FindRunbookAsync("digest", default));
        Assert.Null(await journal.FindRunbookAsync("never", default));
        var kept = await journal.AuditEventsAsync(0, 10, default);
        Assert.Equal([("runbook/a", 1L), ("runbook/b", 1L), ("runbook/a", 2L)], kept.Select(auditEvent => (auditEvent.Subject, auditEvent.Version)));
        Assert.Equal(("ann", "note it", DateTimeOffset.UnixEpoch), (kept[0].By, kept[0].Body.GetProperty("note").GetString(), kept[0].At));
        Assert.Equal(3, Assert.Single(await journal.AuditEventsAsync(2, 10, default)).Position);

        static AuditEvent AnEvent(string subject, long version) =>
            new(0, subject, version, "published", "ann", DateTimeOffset.UnixEpoch, JsonElement.Parse("""{ "note": "note it" }"""));
    }

    [Fact]
    public async Task What_people_did_to_runs_is_found_by_run_person_kind_and_time_page_by_page()
    {
        await using var journal = await OpenAsync();
        var runs = Enumerable.Range(0, 5).Select(_ => ARun()).ToList();
        var expected = new List<(long Position, int Number, RunId Run, DateTimeOffset At, RunEvent Event)>();
        var chance = new Random(7);
        for (var version = 0; version < 12; version++)
        {
            // Appends of one commit too: the runs are written side by side.
            var appended = await Task.WhenAll(runs.Select(async run =>
            {
                var by = ((string[])["ann", "bob", "陈"])[chance.Next(3)];
                var at = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(version);
                var events = ((RunEvent[])[new RunPaused(by, null), new FactReported(new StepPath("a"), 1, $"{version}", JsonSerializer.SerializeToElement(1), false), new SignalReceived("go", null, "ann"), new RunResumed(by)])[chance.Next(3)..];
                var transition = (version == 0 ? Begin(run) : Say(run, version, "x")) with { At = at, Events = [.. events] };
                var result = await journal.AppendAsync(transition);
                return (Run: run, Version: version + 1, At: at, Events: events, result.Conflict);
            }));
            Assert.All(appended, one => Assert.False(one.Conflict));
        }

        foreach (var entry in await journal.ReadPageAsync(0, null, 1000, default))
            expected.AddRange(RunAudit.Of(entry.Events).Select(one => (entry.Position, one.Number, entry.Run, entry.At, entry.Events[one.Number - 1])));
        Assert.True(expected.Count > 60, $"only {expected.Count}");

        AuditQuery[] queries =
        [
            new(), new() { By = "陈" }, new() { Run = runs[2] }, new() { Kinds = ["run-paused", "signal-received"] }, new() { Kinds = [] },
            new() { By = "ann", Kinds = ["run-paused"], From = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(3), To = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(8) },
            new() { By = "nobody" },
        ];
        foreach (var query in queries)
        {
            var wanted = expected.Where(one => AuditKinds.Of(one.Event) is var (by, kind) && query.Matches(one.Run, one.At, by, kind)).Reverse().Select(one => (one.Position, one.Number, one.Run, one.At, one.Event)).ToList();
            var found = new List<(long, int, RunId, DateTimeOffset, RunEvent)>();
            var before = (long.MaxValue, int.MaxValue);
            while (await journal.RunAuditAsync(query, before, 7, default) is { Count: > 0 } page)
            {
                Assert.True(page.Count <= 7);
                found.AddRange(page.Select(one => (one.Position, one.Number, one.Run, one.At, one.Event)));
                before = (page[^1].Position, page[^1].Number);
            }

            Assert.Equal(wanted, found);
        }
    }

    [Fact]
    public async Task Audit_events_are_found_by_person_kind_and_time_newest_first()
    {
        await using var journal = await OpenAsync();
        for (var number = 1; number <= 20; number++)
        {
            await journal.AddAuditEventAsync(
                new AuditEvent(0, $"subject/{number}", 1, number % 2 == 0 ? "published" : "delegated", number % 3 == 0 ? "ann" : "bob", DateTimeOffset.UnixEpoch.AddMinutes(number), JsonElement.Parse("{}")), null);
        }

        var all = await journal.LatestAuditEventsAsync(new AuditQuery(), long.MaxValue, 8, default);
        var next = await journal.LatestAuditEventsAsync(new AuditQuery(), all[^1].Position, 100, default);
        var some = await journal.LatestAuditEventsAsync(
            new AuditQuery { By = "ann", Kinds = ["published"], From = DateTimeOffset.UnixEpoch.AddMinutes(6), To = DateTimeOffset.UnixEpoch.AddMinutes(18) }, long.MaxValue, 100, default);

        Assert.Equal(Enumerable.Range(1, 20).Select(number => (long)number).Reverse(), all.Concat(next).Select(one => one.Position));
        Assert.Equal([12L, 6L], some.Select(one => one.Position));
        Assert.Empty(await journal.LatestAuditEventsAsync(new AuditQuery { Run = ARun() }, long.MaxValue, 100, default));
    }

    [Fact]
    public async Task Of_changes_of_a_document_that_race_one_is_kept()
    {
        await using var journal = await OpenAsync();

        var nothing = await journal.FindDocumentAsync("stack/a", default);
        var racing = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => journal.PutDocumentAsync(new StoredDocument("stack/a", 1, $"h{number}", "one")))));
        var skipped = await journal.PutDocumentAsync(new StoredDocument("stack/a", 3, null, "three"));
        var second = await journal.PutDocumentAsync(new StoredDocument("stack/a", 2, null, "two"));
        var late = await journal.PutDocumentAsync(new StoredDocument("stack/a", 2, "h", "late"));
        var other = await journal.PutDocumentAsync(new StoredDocument("stack/b", 2, null, "never begun"));

        Assert.Null(nothing);
        Assert.Single(racing, kept => kept);
        Assert.Equal((false, true, false, false), (skipped, second, late, other));
        Assert.Equal(new StoredDocument("stack/a", 2, null, "two"), await journal.FindDocumentAsync("stack/a", default));
        Assert.Null(await journal.FindDocumentAsync("stack/b", default));
    }

    [Fact]
    public async Task Documents_are_listed_by_the_beginning_of_their_keys()
    {
        await using var journal = await OpenAsync();
        foreach (var key in new[] { "stack/shop/night", "stack/Shop/a_1", "stack/shop/a%", "stacks/x", "engine/crashes" })
        {
            await journal.PutDocumentAsync(new StoredDocument(key, 1, null, "{}"));
        }

        Assert.Equal(["stack/Shop/a_1", "stack/shop/a%", "stack/shop/night"], await journal.DocumentKeysAsync("stack/", default));
        Assert.Equal(["stack/shop/a%", "stack/shop/night"], await journal.DocumentKeysAsync("stack/shop/", default));
        Assert.Empty(await journal.DocumentKeysAsync("nothing", default));
    }

    [Fact]
    public async Task A_conflict_leaves_no_rows_behind()
    {
        await using var journal = await OpenAsync();
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
        Assert.Empty(await journal.LocksAsync(default));
    }

    [Fact]
    public async Task An_answer_removes_only_the_message_that_it_answers()
    {
        await using var journal = await OpenAsync();
        var (run, other) = (ARun(), ARun());
        await journal.AppendAsync(Begin(run) with { MessagesAdded = [Tell("first", 1)] });
        await journal.AppendAsync(Say(run, 1, "and again") with { MessagesAdded = [Tell("second", 2)] });
        await journal.AppendAsync(Begin(other));

        await AnswerAsync(1);
        var left = Assert.Single(await journal.PendingMessagesAsync(default));
        await AnswerAsync(2);
        var none = await journal.PendingMessagesAsync(default);
        // By a version that numbers nothing.
        await journal.AppendAsync(Say(run, 2, "once more") with { MessagesAdded = [Tell("third", 3)] });
        await AnswerAsync(0);

        Assert.Equal((2, "second"), (left.Id.Number, Assert.IsType<CancelChild>(left.Command).Reason));
        Assert.Empty(none);
        Assert.Empty(await journal.PendingMessagesAsync(default));

        Message Tell(string reason, long number) => new(new MessageId(run, new StepPath("c"), MessageKind.CancelChild, number), new CancelChild(new StepPath("c"), other, reason));

        Task AnswerAsync(long number) =>
            journal.AppendAsync(new Transition(other, other, 1, DateTimeOffset.UnixEpoch, []) { MessagesDone = [new MessageId(run, new StepPath("c"), MessageKind.CancelChild, number)] });
    }

    /// <summary>A result that comes twice removes its task twice, and the next attempt has its name.</summary>
    [Theory]
    [InlineData("a", "a")]
    [InlineData("b", "a")]
    [InlineData("a", "b", "a")]
    public async Task A_task_that_goes_and_comes_at_once_is_there(params string[] removed)
    {
        await using var journal = await OpenAsync();
        var run = ARun();
        await journal.AppendAsync(Begin(run) with { TasksAdded = [ATask(run, "a", 1), ATask(run, "b", 1)] });

        await journal.AppendAsync(Say(run, 1, "again") with
        {
            TasksRemoved = [.. removed.Select(path => new TaskId(new StepPath(path), false))],
            TasksAdded = [ATask(run, "a", 2)],
        });

        var pending = (await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Select(task => (task.Id.Path.Value, task.Token)).Order();
        Assert.Equal(removed.Contains("b") ? [("a", 2)] : [("a", 2), ("b", 1)], pending);
    }

    [Fact]
    public async Task A_lease_is_taken_only_on_the_token_it_expects()
    {
        await using var journal = await OpenAsync();
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
        await using var journal = await OpenAsync();
        var (first, second) = (ARun(), ARun());
        await journal.AppendAsync(Begin(first) with { Locks = [new RequestLock(StepPath.Root, ["a"])], TasksAdded = [ATask(first, "a", 1)] });
        await journal.AppendAsync(Begin(second) with { Locks = [new RequestLock(StepPath.Root, ["a"])] });

        var ended = await journal.AppendAsync(Say(first, 1, "over") with { Ends = true });

        Assert.Equal(new LockGranted(second, StepPath.Root, 2), Assert.Single(ended.LockUpdates));
        Assert.Empty(await journal.PendingTasksAsync(DateTimeOffset.MaxValue, default));
    }

    [Fact]
    public async Task Facts_of_a_tree_come_in_journal_order()
    {
        await using var journal = await OpenAsync();
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
        await using var journal = await OpenAsync();
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

    internal static RunId ARun() => RunId.New(DateTimeOffset.UnixEpoch);

    internal static Transition Begin(RunId run, RunId? root = null) => Say(run, 0, "begin") with
    {
        Root = root ?? run,
        Summary = new RunSummary(run, "sample", "digest", RunStatus.Running, Lane.Normal, DateTimeOffset.UnixEpoch, null, "alice", null, root ?? run, null),
    };

    internal static Transition Say(RunId run, long expected, string name) =>
        new(run, run, expected, DateTimeOffset.UnixEpoch, [new SignalReceived(name, null, "alice")]);

    private static Transition Fact(RunId run, long expected, string key) =>
        new(run, run, expected, DateTimeOffset.UnixEpoch, [new FactReported(new StepPath("a"), 1, key, JsonSerializer.SerializeToElement(1), false)]);

    internal static PendingTask ATask(RunId run, string path, long token) =>
        new(run, new ExecuteTask(new StepPath(path), 1, false, "x", JsonSerializer.SerializeToElement(new { }), "key", Lane.Normal), "w1", token, DateTimeOffset.UnixEpoch);
}
