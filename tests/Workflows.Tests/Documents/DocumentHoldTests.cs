using Orchestrator.Workflows.Execution.Documents;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Documents;

public sealed class DocumentHoldTests
{
    private const string Key = "stack/shop/unit-1";

    [Fact]
    public async Task One_at_a_time_works_on_a_document_and_the_next_finds_what_it_wrote()
    {
        await using var harness = await EngineHarness.OpenAsync();

        await using (var first = await HoldAsync(harness))
        {
            Assert.Equal("made anew", first.Body);
            await first.WriteAsync("written");
            var refused = await Assert.ThrowsAsync<DocumentHeldException>(() => HoldAsync(harness));
            Assert.Contains($"held by server {harness.Engine.Server} since ", refused.Message, StringComparison.Ordinal);
            Assert.Equal("written", await harness.Engine.FindDocumentAsync(Key));
        }

        await using var second = await HoldAsync(harness);
        Assert.Equal("written", second.Body);
    }

    [Fact]
    public async Task Who_waits_gets_the_document_as_soon_as_it_is_let_go()
    {
        await using var harness = await EngineHarness.OpenAsync();
        var first = await HoldAsync(harness);
        var waiting = harness.Engine.HoldDocumentAsync(Key, EngineHarness.WaitLimit, () => "", TimeProvider.System);

        Assert.False(waiting.IsCompleted);
        await first.WriteAsync("written");
        await first.DisposeAsync();

        await using var second = await waiting;
        Assert.Equal("written", second.Body);
    }

    [Fact]
    public async Task What_a_dead_server_had_is_taken_over_and_what_it_still_writes_is_refused()
    {
        await using var harness = await EngineHarness.OpenAsync();
        var journal = harness.Engine.Journal;
        var half = new StoredDocument(Key, 1, AHolder("dead", TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1)).Write(), "half done");
        Assert.True(await journal.PutDocumentAsync(half));
        var dead = new DocumentHold(journal, half);

        await using var taken = await HoldAsync(harness);
        Assert.Equal("half done", taken.Body);
        await taken.WriteAsync("goes on");
        var refused = await Assert.ThrowsAsync<DocumentHeldException>(() => dead.WriteAsync("too late"));
        await dead.DisposeAsync();
        await taken.WriteAsync("done");

        Assert.Contains("taken over by another server", refused.Message, StringComparison.Ordinal);
        Assert.Equal("done", await harness.Engine.FindDocumentAsync(Key));
    }

    [Fact]
    public void A_holder_is_gone_when_its_server_is_and_not_when_it_has_only_just_come()
    {
        var now = DateTimeOffset.UnixEpoch;
        var view = new MembershipView([new ServerState(new ServerInfo("one", "alive", ServerRoles.All, [], 1, ""), now, now, false)], []);

        Assert.False(AHolder("alive", now - TimeSpan.FromHours(1)).IsGone(view, now));
        Assert.False(AHolder("unknown", now - TimeSpan.FromSeconds(2)).IsGone(view, now));
        Assert.True(AHolder("unknown", now - TimeSpan.FromSeconds(6)).IsGone(view, now));
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_a_document_leaves_no_hold_behind()
    {
        await using var harness = await EngineHarness.OpenAsync();
        await using (await HoldAsync(harness))
        {
            using var limit = new CancellationTokenSource();
            var waiting = harness.Engine.HoldDocumentAsync(Key, EngineHarness.WaitLimit, () => "", TimeProvider.System, limit.Token);
            await limit.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        await using var next = await HoldAsync(harness);
        Assert.Equal("made anew", next.Body);
    }

    private static DocumentHolder AHolder(string instance, DateTimeOffset since) => new("other", instance, "", since, Guid.NewGuid());

    private static Task<DocumentHold> HoldAsync(EngineHarness harness) => harness.Engine.HoldDocumentAsync(Key, TimeSpan.Zero, () => "made anew", TimeProvider.System);
}
