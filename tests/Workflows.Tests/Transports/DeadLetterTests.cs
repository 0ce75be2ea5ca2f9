using System.Text.Json;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class DeadLetterTests(SharedServers servers)
{
    private static readonly DateTimeOffset at = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Keeps_an_envelope_whose_handler_fails_each_time_and_says_what_it_is_about()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var run = RunId.New(at);
        var tries = 0;
        var transport = await StartAsync(harness, "tasks", (_, _) =>
        {
            Interlocked.Increment(ref tries);
            throw new InvalidOperationException("the journal is full");
        });

        await transport.SendAsync("tasks", QueueKind.Shared, TaskEnvelope(run), CancellationToken.None);

        var letter = Assert.Single(await WhenDeadAsync(harness, 1));
        Assert.Equal(("tasks", "failed", "the journal is full", 3L, "a"), (letter.Queue, letter.Reason, letter.Detail, letter.Failures, letter.Server));
        Assert.Equal("task", letter.Content);
        Assert.Equal(new DeadMessage(run, "lend/a/shift", 2, "cluster.shift"), Assert.Single(letter.Messages));
        Assert.NotNull(letter.At);
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task Keeps_an_envelope_that_is_none_at_the_first_try()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var collector = new Collector();
        var transport = await StartAsync(harness, "tasks", (envelope, cancellationToken) =>
            envelope.Content is [99, ..] ? throw new InvalidDataException("of another format") : collector.Take(envelope, cancellationToken));

        await transport.SendAsync("tasks", QueueKind.Shared, new Envelope([99, 1, 2]), CancellationToken.None);
        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);

        await collector.WhenAsync(1);
        var letter = Assert.Single(await WhenDeadAsync(harness, 1));
        Assert.Equal(("poison", "of another format", 1L, (string?)null, 3), (letter.Reason, letter.Detail, letter.Failures, letter.Content, letter.Bytes));
        Assert.Empty(letter.Messages);
    }

    [Fact]
    public async Task Looking_loses_nothing()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        await EvictAsync(harness, 3);
        var queue = Queue(harness);

        var few = await queue.ListAsync(2, CancellationToken.None);
        var again = await queue.ListAsync(100, CancellationToken.None);

        Assert.Equal((2, 3), (few.Letters.Length, few.Total));
        Assert.Equal(few.Letters.Select(letter => letter.Id), again.Letters.Take(2).Select(letter => letter.Id));
        Assert.Equal(3, again.Letters.Length);
    }

    [Fact]
    public async Task Replays_chosen_letters_into_their_queue_and_keeps_the_others()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = await EvictAsync(harness, 3);
        var letters = (await Queue(harness).ListAsync(100, CancellationToken.None)).Letters;
        await transport.StopReceivingAsync(QueueKind.Shared, CancellationToken.None);
        var collector = new Collector();
        await using var reading = await transport.ReceiveAsync(new Subscription("tasks", QueueKind.Shared, collector.Take), CancellationToken.None);

        var outcome = await Queue(harness).ReplayAsync(new HashSet<string> { letters[1].Id, "unknown" }, CancellationToken.None);

        await collector.WhenAsync(1);
        Assert.Equal([letters[1].Id], outcome.Done);
        Assert.Equal(("unknown", "there is no such dead letter"), (Assert.Single(outcome.Kept).Id, outcome.Kept[0].Why));
        Assert.Equal([letters[0].Id, letters[2].Id], (await Queue(harness).ListAsync(100, CancellationToken.None)).Letters.Select(letter => letter.Id));
    }

    [Fact]
    public async Task Replays_all_once_though_they_fail_again()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        await EvictAsync(harness, 5);

        var outcome = await Queue(harness).ReplayAsync(null, CancellationToken.None);

        Assert.Equal((5, 0), (outcome.Done.Length, outcome.Kept.Length));
        Assert.Empty((await WhenDeadAsync(harness, 5)).Select(letter => letter.Id).Intersect(outcome.Done));
    }

    [Fact]
    public async Task Keeps_a_letter_whose_queue_is_gone_until_it_is_discarded()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("a", RabbitHarness.Quick with { ServerQueueLife = TimeSpan.FromMilliseconds(300) });
        await transport.StartAsync([new Subscription("engine-a", QueueKind.Server, (_, _) => throw new InvalidDataException("none"))], CancellationToken.None);
        await transport.SendAsync("engine-a", QueueKind.Server, new Envelope([1]), CancellationToken.None);
        await WhenDeadAsync(harness, 1);
        await transport.DisposeAsync();
        await harness.WhenDepthAsync("engine-a", null);

        var replayed = await Queue(harness).ReplayAsync(null, CancellationToken.None);
        var told = new List<DeadLetter>();
        var discarded = await Queue(harness).DiscardAsync(null, told.Add, CancellationToken.None);

        Assert.Empty(replayed.Done);
        Assert.Equal("its queue is gone; discard it", Assert.Single(replayed.Kept).Why);
        Assert.Equal([replayed.Kept[0].Id], discarded.Done);
        Assert.Equal("engine-a", Assert.Single(told).Queue);
        Assert.Equal(0, (await Queue(harness).ListAsync(100, CancellationToken.None)).Total);
    }

    [Fact]
    public async Task Keeps_an_envelope_that_came_back_too_often()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = await StartAsync(harness, "tasks", (_, _) => throw new OperationCanceledException(), RabbitHarness.Quick with { ReturnPause = TimeSpan.FromMilliseconds(1) });

        await transport.SendAsync("tasks", QueueKind.Shared, TaskEnvelope(RunId.New(at)), CancellationToken.None);

        var letter = Assert.Single(await WhenDeadAsync(harness, 1));
        Assert.Equal(("tasks", "returned", "task"), (letter.Queue, letter.Reason, letter.Content));
        Assert.Null(letter.Server);
        Assert.NotNull(letter.At);
    }

    private static async Task<RabbitTransport> StartAsync(RabbitHarness harness, string queue, Func<Envelope, CancellationToken, Task> handle, RabbitLimits? limits = null)
    {
        var transport = harness.Transport("a", limits);
        await transport.StartAsync([new Subscription(queue, QueueKind.Shared, handle)], CancellationToken.None);
        return transport;
    }

    /// <summary>So many dead letters from the queue <c>tasks</c>, where every envelope is one.</summary>
    private static async Task<RabbitTransport> EvictAsync(RabbitHarness harness, int count)
    {
        var transport = await StartAsync(harness, "tasks", (_, _) => throw new InvalidDataException("none"));
        for (var number = 0; number < count; number++) await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None);
        await WhenDeadAsync(harness, count);
        return transport;
    }

    private static DeadLetterQueue Queue(RabbitHarness harness) => new(harness.Address, "test", RabbitHarness.Quick);

    private static async Task<IReadOnlyList<DeadLetter>> WhenDeadAsync(RabbitHarness harness, int count)
    {
        await harness.WhenDepthAsync(RabbitQueues.DeadLetters, (uint)count);
        return (await Queue(harness).ListAsync(1000, CancellationToken.None)).Letters;
    }

    private static Envelope TaskEnvelope(RunId run) => new EnvelopeWriter().Pack<TaskMessage>(
    [
        new(new TaskToken(run, new StepPath("lend/a/shift"), false, 2, 1), "", run, "cluster.shift", JsonElement.Parse("{}"), "key", Lane.Normal, 1, "alice", at),
    ]);
}
