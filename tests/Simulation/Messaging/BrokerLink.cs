using Orchestrator.Simulation.Machine;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Simulation.Messaging;

/// <summary>One process's connection to the broker.</summary>
internal sealed class BrokerLink(Broker broker, Life life) : ITransport
{
    private readonly List<Broker.Consumer> consumers = [];
    private bool cut;
    private bool closed;

    public Life Life => life;

    public bool IsDurable => true;

    public bool IsUp => !cut && !closed && life.IsAlive && !broker.Faults.Down;

    public string? Unavailable => IsUp ? null : "the broker cannot be reached";

    public async Task StartAsync(IReadOnlyList<Subscription> subscriptions, CancellationToken cancellationToken)
    {
        await AnswerAsync("start");
        foreach (var subscription in subscriptions) consumers.Add(broker.Listen(this, subscription));
    }

    public async Task<IAsyncDisposable> ReceiveAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        await AnswerAsync($"read {subscription.Queue}");
        var consumer = broker.Listen(this, subscription);
        consumers.Add(consumer);
        return new Reading(consumer);
    }

    public async Task SendAsync(string queue, QueueKind kind, Envelope envelope, CancellationToken cancellationToken)
    {
        await AnswerAsync($"send to {queue}");
        // The broker has it from here on, whatever becomes of the answer.
        var taken = broker.Take(queue, kind, envelope);
        await AnswerAsync($"confirm {queue}");
        if (!taken) throw new IOException($"Nobody reads {queue}.");
        if (broker.Happens(broker.Faults.Unconfirmed)) throw new IOException($"The broker did not confirm an envelope to {queue}.");
    }

    public async Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken)
    {
        foreach (var consumer in consumers.Where(consumer => consumer.Kind == kind && !consumer.Closed).ToList()) await consumer.CloseAsync();
    }

    public ValueTask DisposeAsync()
    {
        closed = true;
        broker.Drop(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The way to the broker is cut, or fixed.</summary>
    public void Cut(bool off)
    {
        cut = off;
        if (off) broker.Drop(this);
        else broker.PumpAll();
    }

    /// <summary>As long as a word takes to the broker, or from it.</summary>
    private async Task AnswerAsync(string what)
    {
        var answer = new TaskCompletionSource();
        life.Timeline.After(broker.Delay(), life, () =>
        {
            if (IsUp) answer.SetResult();
            else answer.SetException(new IOException($"{what}: the broker cannot be reached."));
        });
        await answer.Task;
    }

    private sealed class Reading(Broker.Consumer consumer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await consumer.CloseAsync();
    }
}
