using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Tests.Transports;

/// <summary>What holds for every transport.</summary>
public abstract class TransportContract
{
    [Fact]
    public async Task Delivers_an_envelope_as_it_was_sent()
    {
        await using var transport = await CreateAsync();
        var collector = new Collector();
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, collector.Take)], CancellationToken.None);

        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(7), CancellationToken.None);

        await collector.WhenAsync(1);
        Assert.Equal([7], collector.Numbers);
    }

    [Fact]
    public async Task Takes_every_queue_to_its_own_handler()
    {
        await using var transport = await CreateAsync();
        var (tasks, results, notes) = (new Collector(), new Collector(), new Collector());
        await transport.StartAsync(
        [
            new Subscription("tasks", QueueKind.Shared, tasks.Take), new Subscription("engine-a", QueueKind.Server, results.Take), new Subscription("server-a", QueueKind.Passing, notes.Take),
        ], CancellationToken.None);

        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);
        await transport.SendAsync("engine-a", QueueKind.Server, Collector.Envelope(2), CancellationToken.None);
        await transport.SendAsync("server-a", QueueKind.Passing, Collector.Envelope(3), CancellationToken.None);

        await Task.WhenAll(tasks.WhenAsync(1), results.WhenAsync(1), notes.WhenAsync(1));
        Assert.Equal([1, 2, 3], [.. tasks.Numbers, .. results.Numbers, .. notes.Numbers]);
    }

    [Fact]
    public async Task Delivers_what_many_send_at_once()
    {
        await using var transport = await CreateAsync();
        var collector = new Collector();
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, collector.Take, Envelopes: 16)], CancellationToken.None);

        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(number => transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None)));

        await collector.WhenAsync(2_000);
        Assert.Equal(Enumerable.Range(0, 2_000), collector.Numbers.Order());
    }

    [Fact]
    public async Task Handles_no_more_at_once_than_the_inlet_says()
    {
        await using var transport = await CreateAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (now, most) = (0, 0);
        var collector = new Collector();
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, HandleAsync, Envelopes: 3)], CancellationToken.None);

        foreach (var number in Enumerable.Range(0, 40)) await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None);
        await full.Task.WaitAsync(TimeSpan.FromMinutes(3));
        gate.SetResult();

        await collector.WhenAsync(40);
        Assert.Equal(3, most);

        async Task HandleAsync(Envelope envelope, CancellationToken cancellationToken)
        {
            var here = Interlocked.Increment(ref now);
            InterlockedMost(here);
            if (here == 3) full.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref now);
            await collector.Take(envelope, cancellationToken);
        }

        void InterlockedMost(int here)
        {
            for (var seen = Volatile.Read(ref most); here > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, here, seen);
        }
    }

    [Fact]
    public async Task Refuses_an_envelope_for_a_queue_that_nobody_reads()
    {
        await using var transport = await CreateAsync();
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, new Collector().Take)], CancellationToken.None);

        await Assert.ThrowsAnyAsync<Exception>(() => transport.SendAsync("elsewhere", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None));
    }

    [Fact]
    public async Task Goes_on_after_a_handler_that_throws()
    {
        await using var transport = await CreateAsync();
        var collector = new Collector();
        await transport.StartAsync([new Subscription("server-a", QueueKind.Passing, FailOnce)], CancellationToken.None);

        foreach (var number in Enumerable.Range(0, 10)) await transport.SendAsync("server-a", QueueKind.Passing, Collector.Envelope(number), CancellationToken.None);

        await collector.WhenAsync(9);
        Assert.DoesNotContain(4, collector.Numbers);

        Task FailOnce(Envelope envelope, CancellationToken cancellationToken) =>
            Collector.NumberOf(envelope) == 4 ? throw new InvalidDataException("no envelope for anybody") : collector.Take(envelope, cancellationToken);
    }

    internal abstract Task<ITransport> CreateAsync();
}
