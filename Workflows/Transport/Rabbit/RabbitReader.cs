using MassTransit;
using MassTransit.RabbitMqTransport;
using Orchestrator.Workflows.Model.Bus;
using RabbitMQ.Client;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>A queue as one session reads it.</summary>
internal sealed class RabbitReader(ConnectionWatch watch) : IFilter<ChannelContext>, IReceiveEndpointObserver
{
    // Each reader's own, so that it can be taken back.
    private readonly string tag = $"orchestrator-{Guid.NewGuid():N}";
    private IChannel? channel;
    private volatile bool cancelled;
    private HostReceiveEndpointHandle handle = null!;

    /// <summary>Returns when the broker sends envelopes here.</summary>
    public static async Task<RabbitReader> StartAsync(
        IBusControl bus, ConnectionWatch watch, string queue, Action<IRabbitMqReceiveEndpointConfigurator> configure, TimeSpan waitLimit, CancellationToken cancellationToken)
    {
        var reader = new RabbitReader(watch);
        reader.handle = bus.ConnectReceiveEndpoint(queue, generic =>
        {
            var endpoint = (IRabbitMqReceiveEndpointConfigurator)generic;
            endpoint.OverrideConsumerTag(reader.tag);
            // The broker may end the reading of a queue while the connection lives: when the one server that has it goes down.
            endpoint.ConnectReceiveEndpointObserver(reader);
            endpoint.ConfigureChannel(pipe => pipe.UseFilter(reader));
            configure(endpoint);
        });
        await (await Task.WhenAny(reader.handle.Ready, watch.Lost).WaitAsync(waitLimit, cancellationToken));
        return watch.Lost.IsCompleted ? throw new BusUnavailableException($"the connection to the message broker went away at once ({await watch.Lost})") : reader;
    }

    Task IFilter<ChannelContext>.Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        channel = context.Channel;
        watch.Follow(context.ConnectionContext.Connection, context.Channel);
        return next.Send(context);
    }

    void IProbeSite.Probe(ProbeContext context) => context.CreateScope("reader").Add("consumerTag", tag);

    Task IReceiveEndpointObserver.Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

    Task IReceiveEndpointObserver.Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    Task IReceiveEndpointObserver.Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    Task IReceiveEndpointObserver.Faulted(ReceiveEndpointFaulted faulted)
    {
        if (!cancelled) watch.Lose(faulted.Exception?.GetBaseException().Message ?? "a queue cannot be read any more");
        return Task.CompletedTask;
    }

    /// <summary>Has the broker send no more. MassTransit would do it only after the last handler has ended, and drop what comes meanwhile.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        cancelled = true;
        try
        {
            if (channel is { IsOpen: true } open) await open.BasicCancelAsync(tag, noWait: false, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The channel is gone, and with it the reading.
        }
    }

    /// <summary>After <see cref="CancelAsync"/>: returns when what was taken is handled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await handle.StopAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The session is over, and with it the reading.
        }
    }
}
