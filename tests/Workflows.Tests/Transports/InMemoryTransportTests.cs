using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Transport.InProcess;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class InMemoryTransportTests : TransportContract
{
    [Fact]
    public async Task Ends_when_what_it_has_taken_is_handled_and_leaves_the_rest()
    {
        var transport = await CreateAsync();
        var collector = new Collector();
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await transport.StartAsync([new Subscription("tasks", QueueKind.Shared, HandleAsync, Envelopes: 1)], CancellationToken.None);
        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(1), CancellationToken.None);
        await transport.SendAsync("tasks", QueueKind.Shared, Collector.Envelope(2), CancellationToken.None);
        await taken.Task.WaitAsync(TimeSpan.FromMinutes(3));

        var ended = transport.DisposeAsync().AsTask();

        Assert.False(ended.IsCompleted);
        gate.SetResult();
        await ended.WaitAsync(TimeSpan.FromMinutes(3));
        Assert.Equal([1], collector.Numbers);

        async Task HandleAsync(Envelope envelope, CancellationToken cancellationToken)
        {
            taken.TrySetResult();
            await gate.Task;
            await collector.Take(envelope, cancellationToken);
        }
    }

    internal override Task<ITransport> CreateAsync() => Task.FromResult<ITransport>(new InMemoryTransport(NullLoggerFactory.Instance));
}
