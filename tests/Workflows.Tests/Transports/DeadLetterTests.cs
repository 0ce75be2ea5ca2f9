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
    public async Task Keeps_a_parcel_whose_handler_fails_each_time_and_says_what_it_is_about()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        var run = RunId.New(at);
        var tries = 0;
        var transport = await StartAsync(room, "tasks", (_, _) =>
        {
            Interlocked.Increment(ref tries);
            throw new InvalidOperationException("the journal is full");
        });

        await transport.SendAsync("tasks", QueueKind.Shared, TaskParcel(run), CancellationToken.None);

        var letter = Assert.Single(await WhenDeadAsync(room, 1));
        Assert.Equal(("tasks", "failed", "the journal is full", 3L, "a"), (letter.Queue, letter.Reason, letter.Detail, letter.Failures, letter.Node));
        Assert.Equal("task", letter.Content);
        Assert.Equal(new DeadMessage(run, "lend/a/shift", 2, "cluster.shift"), Assert.Single(letter.Messages));
        Assert.NotNull(letter.At);
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task Keeps_a_parcel_that_is_none_at_the_first_try()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        var collector = new Collector();
        var transport = await StartAsync(room, "tasks", (parcel, cancellationToken) =>
            parcel.Content is [99, ..] ? throw new InvalidDataException("of another format") : collector.Take(parcel, cancellationToken));

        await transport.SendAsync("tasks", QueueKind.Shared, new Parcel([99, 1, 2]), CancellationToken.None);
        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Parcel(1), CancellationToken.None);

        await collector.WhenAsync(1);
        var letter = Assert.Single(await WhenDeadAsync(room, 1));
        Assert.Equal(("poison", "of another format", 1L, (string?)null, 3), (letter.Reason, letter.Detail, letter.Failures, letter.Content, letter.Bytes));
        Assert.Empty(letter.Messages);
    }

    [Fact]
    public async Task Looking_loses_nothing()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        await BuryAsync(room, 3);
        var queue = Queue(room);

        var few = await queue.ListAsync(2, CancellationToken.None);
        var again = await queue.ListAsync(100, CancellationToken.None);

        Assert.Equal((2, 3), (few.Letters.Length, few.Total));
        Assert.Equal(few.Letters.Select(letter => letter.Id), again.Letters.Take(2).Select(letter => letter.Id));
        Assert.Equal(3, again.Letters.Length);
    }

    [Fact]
    public async Task Replays_chosen_letters_into_their_queue_and_keeps_the_others()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        var transport = await BuryAsync(room, 3);
        var letters = (await Queue(room).ListAsync(100, CancellationToken.None)).Letters;
        await transport.StopReceivingAsync(QueueKind.Shared, CancellationToken.None);
        var collector = new Collector();
        await using var reading = await transport.ReceiveAsync(new Inlet("tasks", QueueKind.Shared, collector.Take), CancellationToken.None);

        var outcome = await Queue(room).ReplayAsync(new HashSet<string> { letters[1].Id, "unknown" }, CancellationToken.None);

        await collector.WhenAsync(1);
        Assert.Equal([letters[1].Id], outcome.Done);
        Assert.Equal(("unknown", "there is no such dead letter"), (Assert.Single(outcome.Kept).Id, outcome.Kept[0].Why));
        Assert.Equal([letters[0].Id, letters[2].Id], (await Queue(room).ListAsync(100, CancellationToken.None)).Letters.Select(letter => letter.Id));
    }

    [Fact]
    public async Task Replays_all_once_though_they_fail_again()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        await BuryAsync(room, 5);

        var outcome = await Queue(room).ReplayAsync(null, CancellationToken.None);

        Assert.Equal((5, 0), (outcome.Done.Length, outcome.Kept.Length));
        Assert.Empty((await WhenDeadAsync(room, 5)).Select(letter => letter.Id).Intersect(outcome.Done));
    }

    [Fact]
    public async Task Keeps_a_letter_whose_queue_is_gone_until_it_is_discarded()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        var transport = room.Transport("a", RabbitRoom.Quick with { NodeQueueLife = TimeSpan.FromMilliseconds(300) });
        await transport.StartAsync([new Inlet("engine-a", QueueKind.Node, (_, _) => throw new InvalidDataException("none"))], CancellationToken.None);
        await transport.SendAsync("engine-a", QueueKind.Node, new Parcel([1]), CancellationToken.None);
        await WhenDeadAsync(room, 1);
        await transport.DisposeAsync();
        await room.WhenDepthAsync("engine-a", null);

        var replayed = await Queue(room).ReplayAsync(null, CancellationToken.None);
        var told = new List<DeadLetter>();
        var discarded = await Queue(room).DiscardAsync(null, told.Add, CancellationToken.None);

        Assert.Empty(replayed.Done);
        Assert.Equal("its queue is gone; discard it", Assert.Single(replayed.Kept).Why);
        Assert.Equal([replayed.Kept[0].Id], discarded.Done);
        Assert.Equal("engine-a", Assert.Single(told).Queue);
        Assert.Equal(0, (await Queue(room).ListAsync(100, CancellationToken.None)).Total);
    }

    [Fact]
    public async Task Keeps_a_parcel_that_came_back_too_often()
    {
        await using var room = await RabbitRoom.OpenAsync(servers);
        var transport = await StartAsync(room, "tasks", (_, _) => throw new OperationCanceledException(), RabbitRoom.Quick with { ReturnPause = TimeSpan.FromMilliseconds(1) });

        await transport.SendAsync("tasks", QueueKind.Shared, TaskParcel(RunId.New(at)), CancellationToken.None);

        var letter = Assert.Single(await WhenDeadAsync(room, 1));
        Assert.Equal(("tasks", "returned", "task"), (letter.Queue, letter.Reason, letter.Content));
        Assert.Null(letter.Node);
        Assert.NotNull(letter.At);
    }

    private static async Task<RabbitTransport> StartAsync(RabbitRoom room, string queue, Func<Parcel, CancellationToken, Task> handle, RabbitLimits? limits = null)
    {
        var transport = room.Transport("a", limits);
        await transport.StartAsync([new Inlet(queue, QueueKind.Shared, handle)], CancellationToken.None);
        return transport;
    }

    /// <summary>So many dead letters from the queue <c>tasks</c>, where every parcel is one.</summary>
    private static async Task<RabbitTransport> BuryAsync(RabbitRoom room, int count)
    {
        var transport = await StartAsync(room, "tasks", (_, _) => throw new InvalidDataException("none"));
        for (var number = 0; number < count; number++) await transport.SendAsync("tasks", QueueKind.Shared, Collector.Parcel(number), CancellationToken.None);
        await WhenDeadAsync(room, count);
        return transport;
    }

    private static DeadLetterQueue Queue(RabbitRoom room) => new(room.Address, "test", RabbitRoom.Quick);

    private static async Task<IReadOnlyList<DeadLetter>> WhenDeadAsync(RabbitRoom room, int count)
    {
        await room.WhenDepthAsync(RabbitQueues.DeadLetters, (uint)count);
        return (await Queue(room).ListAsync(1000, CancellationToken.None)).Letters;
    }

    private static Parcel TaskParcel(RunId run) => new ParcelWriter().Pack<TaskMessage>(
    [
        new(new TaskStamp(run, new StepPath("lend/a/shift"), false, 2, 1), "", run, "cluster.shift", JsonElement.Parse("{}"), "key", Lane.Normal, 1, "alice", at),
    ]);
}
