using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class RabbitTransportTests(SharedServers servers) : TransportContract
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(3);

    internal override async Task<ITransport> CreateAsync() => (await RabbitHarness.OpenAsync(servers)).Transport("a");

    [Fact]
    public async Task Keeps_an_envelope_until_its_handler_has_ended()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = harness.Transport("a");
        await first.StartAsync([new Subscription("tasks", QueueKind.Shared, NeverAsync)], CancellationToken.None);
        await first.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);
        await taken.Task.WaitAsync(waitLimit);

        await first.DisposeAsync();
        var collector = new Collector();
        await harness.Transport("b").StartAsync([new Subscription("tasks", QueueKind.Shared, collector.Take)], CancellationToken.None);

        await collector.WhenAsync(1);

        async Task NeverAsync(Envelope envelope, CancellationToken cancellationToken)
        {
            taken.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    [Fact]
    public async Task Reads_what_a_server_that_is_gone_left_behind()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var gone = harness.Transport("a");
        await gone.StartAsync([new Subscription("engine-a", QueueKind.Server, new Collector().Take)], CancellationToken.None);
        await gone.DisposeAsync();
        var other = harness.Transport("b");
        await other.StartAsync([new Subscription("engine-b", QueueKind.Server, new Collector().Take)], CancellationToken.None);
        await other.SendAsync("engine-a", QueueKind.Server, Collector.Envelope(1), CancellationToken.None);
        var collector = new Collector();

        await using (await other.ReceiveAsync(new Subscription("engine-a", QueueKind.Server, collector.Take), CancellationToken.None))
        {
            await collector.WhenAsync(1);
            await other.SendAsync("engine-a", QueueKind.Server, Collector.Envelope(2), CancellationToken.None);
            await collector.WhenAsync(1);
        }

        await other.SendAsync("engine-a", QueueKind.Server, Collector.Envelope(3), CancellationToken.None);
        await harness.WhenDepthAsync("engine-a", 1);
        Assert.Equal([1, 2], collector.Numbers);
    }

    /// <summary>A broker takes 255 bytes; as many tags as a worker may have, each as long as it may be, are more.</summary>
    [Fact]
    public async Task Carries_tasks_for_workers_of_many_long_tags()
    {
        ImmutableArray<string> tags = [.. "abcd".Select(letter => $"{new string(letter, 63)}={new string(letter, 63)}")];
        var (queue, other) = (Queues.Tasks(Lane.Normal, tags), Queues.Tasks(Lane.Normal, [.. tags[..3], $"{new string('d', 63)}=e"]));
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("a");
        var collector = new Collector();
        await transport.StartAsync([new Subscription(queue, QueueKind.Shared, collector.Take)], CancellationToken.None);

        await transport.SendAsync(queue, QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);

        await collector.WhenAsync(1);
        Assert.NotEqual(queue, other);
        Assert.Equal("orchestrator-tasks-normal.region:cn-hangzhou", Queues.Tasks(Lane.Normal, ["region=cn-hangzhou"]));
    }

    [Fact]
    public async Task Reads_a_queue_again_after_it_stopped()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("b");
        await transport.StartAsync([], CancellationToken.None);
        var collector = new Collector();

        await (await transport.ReceiveAsync(new Subscription("engine-a", QueueKind.Server, collector.Take), CancellationToken.None)).DisposeAsync();
        await using var again = await transport.ReceiveAsync(new Subscription("engine-a", QueueKind.Server, collector.Take), CancellationToken.None);
        await transport.SendAsync("engine-a", QueueKind.Server, Collector.Envelope(1), CancellationToken.None);

        await collector.WhenAsync(1);
    }

    [Fact]
    public async Task Drains_by_taking_no_more_and_handling_what_was_taken()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var (taken, gate) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var collector = new Collector();
        var notes = new Collector();
        var transport = harness.Transport("a");
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, HandleAsync, Envelopes: 1), new Subscription("server-a", QueueKind.Passing, notes.Take)], CancellationToken.None);
        foreach (var number in Enumerable.Range(0, 5)) await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None);
        await taken.Task.WaitAsync(waitLimit);

        var stopping = transport.StopReceivingAsync(QueueKind.Shared, CancellationToken.None);
        Assert.False(stopping.IsCompleted);
        gate.SetResult();
        await stopping.WaitAsync(waitLimit);

        Assert.Equal([0], collector.Numbers);
        await harness.WhenDepthAsync("tasks", 4);
        await transport.SendAsync("server-a", QueueKind.Passing, Collector.Envelope(9), CancellationToken.None);
        await notes.WhenAsync(1);

        async Task HandleAsync(Envelope envelope, CancellationToken cancellationToken)
        {
            taken.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
            await collector.Take(envelope, cancellationToken);
        }
    }

    [Fact]
    public async Task Leaves_in_the_queue_what_it_cannot_handle_yet()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("a");
        await transport.StartAsync(
            [new Subscription("tasks", QueueKind.Shared, (_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop), Envelopes: 2)], CancellationToken.None);

        foreach (var number in Enumerable.Range(0, 20)) await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None);

        // Two are held, and no third was fetched ahead.
        await harness.WhenDepthAsync("tasks", 18);
    }

    [Fact]
    public async Task Deletes_the_queue_of_a_server_that_does_not_come_back()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("a", RabbitHarness.Quick with { ServerQueueLife = TimeSpan.FromMilliseconds(300) });
        await transport.StartAsync([new Subscription("engine-a", QueueKind.Server, new Collector().Take)], CancellationToken.None);
        await transport.SendAsync("engine-a", QueueKind.Server, Collector.Envelope(1), CancellationToken.None);

        await transport.DisposeAsync();

        await harness.WhenDepthAsync("engine-a", null);
    }

    [Fact]
    public async Task Leaves_no_connection_behind()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        foreach (var number in Enumerable.Range(0, 10))
        {
            var transport = harness.Transport($"n{number}");
            await transport.StartAsync([new Subscription($"engine-{number}", QueueKind.Server, new Collector().Take)], CancellationToken.None);
            await transport.DisposeAsync();
        }

        await harness.WhenNobodyIsConnectedAsync();
    }

    [Fact]
    public async Task Gets_again_what_a_cut_connection_had_and_goes_on_by_itself()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        await using var proxy = TcpProxy.Start(harness.Address.Hosts[0].Port);
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var collector = new Collector();
        var transport = harness.Transport("a", port: proxy.Port);
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, HoldFirstAsync, Envelopes: 2)], CancellationToken.None);
        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);
        await taken.Task.WaitAsync(waitLimit);

        proxy.Cut(LinkCut.Reset);
        var sending = transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(2), CancellationToken.None);
        await WhenUnavailableAsync(transport, "nothing is lost");
        proxy.Heal();

        await sending.WaitAsync(waitLimit);
        await collector.WhenAsync(2);
        Assert.Null(transport.Unavailable);
        Assert.Equal([1, 2], collector.Numbers.Order());

        async Task HoldFirstAsync(Envelope envelope, CancellationToken cancellationToken)
        {
            if (taken.TrySetResult()) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            await collector.Take(envelope, cancellationToken);
        }
    }

    [Fact]
    public async Task Refuses_what_a_broker_that_is_away_does_not_take_in_time()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        await using var proxy = TcpProxy.Start(harness.Address.Hosts[0].Port);
        var transport = harness.Transport("a", RabbitHarness.Quick with { SendTimeout = TimeSpan.FromMilliseconds(300) }, proxy.Port);
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, new Collector().Take)], CancellationToken.None);

        proxy.Cut(LinkCut.Reset);

        var refused = await Assert.ThrowsAsync<BusUnavailableException>(() => transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None));
        Assert.Contains("nothing is lost", refused.Message);
    }

    [Fact]
    public async Task Notices_a_cable_that_is_pulled_and_goes_on_when_it_is_back()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        await using var proxy = TcpProxy.Start(harness.Address.Hosts[0].Port);
        var collector = new Collector();
        var transport = harness.Transport("a", RabbitHarness.Quick with { Heartbeat = TimeSpan.FromSeconds(2) }, proxy.Port);
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, collector.Take)], CancellationToken.None);

        proxy.Cut(LinkCut.BlackHole);
        var sending = transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);
        await WhenUnavailableAsync(transport, "is lost");
        proxy.Heal();

        await sending.WaitAsync(waitLimit);
        await collector.WhenAsync(1);
    }

    [Fact]
    public async Task Says_when_the_broker_takes_nothing_and_goes_on_when_it_does()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        await using var server = await RabbitServer.StartAsync(virtualHosts: 1);
        await using var harness = new RabbitHarness(server, await server.TakeVirtualHostAsync());
        var collector = new Collector();
        var transport = harness.Transport("a");
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, collector.Take)], CancellationToken.None);

        await server.ControlAsync("set_vm_memory_high_watermark", "absolute", "1MB");
        var sending = transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);
        await WhenUnavailableAsync(transport, "takes nothing for now (low on memory)");
        await server.ControlAsync("set_vm_memory_high_watermark", "0.4");

        await sending.WaitAsync(waitLimit);
        await collector.WhenAsync(1);
        Assert.Null(transport.Unavailable);
    }

    [Fact]
    public async Task Refuses_more_than_a_queue_may_hold()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var transport = harness.Transport("a", RabbitHarness.Quick with { MostEnvelopes = 3, SendTimeout = TimeSpan.FromSeconds(2) });
        await transport.StartAsync(
            [new Subscription("tasks", QueueKind.Shared, (_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop), Envelopes: 1)], CancellationToken.None);

        var refused = await Assert.ThrowsAsync<BusUnavailableException>(async () =>
        {
            for (var number = 0; number < 20; number++) await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None);
        });

        Assert.Contains("the queue may be full (3 envelopes)", refused.Message);
    }

    [Fact]
    public async Task Uses_whichever_server_of_a_broker_cluster_answers()
    {
        await using var harness = await RabbitHarness.OpenAsync(servers);
        var live = harness.Address.Hosts[0];
        var address = harness.Address with { Hosts = [("127.0.0.1", 9), live] };
        var collector = new Collector();
        await using var transport = new RabbitTransport(address, "a", NullLoggerFactory.Instance, TimeProvider.System, RabbitHarness.Quick);

        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, collector.Take)], CancellationToken.None);
        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);

        await collector.WhenAsync(1);
    }

    [Fact]
    public async Task Loses_no_envelope_when_the_broker_restarts_and_goes_on_by_itself()
    {
        Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit);
        await using var server = await RabbitServer.StartAsync(virtualHosts: 1);
        await using var harness = new RabbitHarness(server, await server.TakeVirtualHostAsync());
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var collector = new Collector();
        var transport = harness.Transport("a");
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, HandleAsync, Envelopes: 8)], CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None)));

        await server.StopAsync();
        var sending = Task.WhenAll(Enumerable.Range(200, 50).Select(number => transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(number), CancellationToken.None)));
        await server.StartAsync();
        gate.SetResult();
        await sending;

        while (collector.Numbers.Distinct().Count() < 250) await collector.WhenAsync(1);
        Assert.Null(transport.Unavailable);

        async Task HandleAsync(Envelope envelope, CancellationToken cancellationToken)
        {
            await gate.Task.WaitAsync(cancellationToken);
            await collector.Take(envelope, cancellationToken);
        }
    }

    private static async Task WhenUnavailableAsync(RabbitTransport transport, string words)
    {
        using var limit = new CancellationTokenSource(waitLimit);
        while (transport.Unavailable?.Contains(words, StringComparison.Ordinal) != true) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
    }
}
