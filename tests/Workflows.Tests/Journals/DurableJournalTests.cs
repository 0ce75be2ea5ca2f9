using System.Data.Common;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>What holds for every journal that outlives its process.</summary>
public abstract class DurableJournalTests : JournalTests
{
    [Fact]
    public async Task Everything_is_there_when_it_is_opened_again()
    {
        var run = ARun();
        var timer = new SetTimer(new TimerId(new StepPath("w"), TimerPurpose.Wait), DateTimeOffset.UnixEpoch.AddDays(1));
        var message = new Message(new MessageId(run, new StepPath("c"), MessageKind.StartChild), new StartChild(new StepPath("c"), ARun(), "child", JsonSerializer.SerializeToElement(new { a = 1 })));
        await using (var journal = await OpenAsync())
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

        await using var again = await OpenAsync();

        Assert.Equal(1, again.Tail.Position);
        Assert.Equal(4, Assert.Single(await again.PendingTasksAsync(DateTimeOffset.MaxValue, default)).Token);
        Assert.Equal(new PendingTimer(run, timer.Timer, timer.Due), Assert.Single(await again.PendingTimersAsync(default)));
        Assert.Equal(message.Id, Assert.Single(await again.PendingMessagesAsync(default)).Id);
        Assert.Equal(new LockGranted(run, StepPath.Root, 1), Assert.Single(await again.UntoldLocksAsync(default)));
        var stored = (await again.LoadAsync(run, default))!;
        Assert.Equal(("{}", 1L, 0), (System.Text.Encoding.UTF8.GetString(stored.Snapshot!), stored.SnapshotVersion, stored.Entries.Count));
        var other = await again.AppendAsync(Begin(ARun()) with { Locks = [new RequestLock(StepPath.Root, ["y"])] });
        Assert.Equal(2, Assert.IsType<LockGranted>(Assert.Single(other.LockUpdates)).Token);
    }

    [Fact]
    public async Task A_write_that_fails_fails_alone()
    {
        await using var journal = await OpenAsync();
        var run = ARun();
        await journal.AppendAsync(Begin(run));
        // A second first transition's summary would break the table's own rule of one row a run.
        var broken = new Transition(ARun(), run, 0, DateTimeOffset.UnixEpoch, [new SignalReceived("x", null, "a")]) { Summary = Begin(run).Summary };

        var good = Enumerable.Range(0, 20).Select(_ => journal.AppendAsync(Begin(ARun()))).ToList();
        var bad = journal.AppendAsync(broken);
        good.AddRange(Enumerable.Range(0, 20).Select(_ => journal.AppendAsync(Begin(ARun()))));

        await Assert.ThrowsAnyAsync<DbException>(() => bad);
        Assert.All(await Task.WhenAll(good), result => Assert.False(result.Conflict));
        Assert.Equal(Enumerable.Range(1, 41).Select(position => (long)position), (await journal.ReadPageAsync(0, null, 100, default)).Select(entry => entry.Position));
    }
}
