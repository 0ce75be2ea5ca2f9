using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Workflows.Tests.Journals;

public sealed class MemoryJournalTests : JournalTests
{
    private protected override Task<IJournal> OpenAsync() => Task.FromResult<IJournal>(new MemoryJournal());

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
