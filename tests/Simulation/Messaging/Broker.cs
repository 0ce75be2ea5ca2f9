using Orchestrator.Simulation.Machine;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Simulation.Messaging;

/// <summary>
/// The broker that all servers share. It keeps an envelope until a handler has ended well, gives it to another when the
/// handler threw or its server is gone, and on request loses, doubles, delays and shuffles.
/// </summary>
internal sealed class Broker(Timeline timeline, Life outside, BrokerFaults faults, Random chance)
{
    // An envelope that nobody can handle must not go round for ever.
    private const int MostDeliveries = 30;

    private readonly SortedDictionary<string, Line> lines = new(StringComparer.Ordinal);

    public BrokerFaults Faults => faults;

    /// <summary>Envelopes that wait or are being handled, of the queues that outlive a server.</summary>
    public int Unhandled => lines.Values.Where(line => line.Kind != QueueKind.Passing).Sum(line => line.Waiting.Count + line.Handled);

    /// <summary>Called with a process that was given an envelope of a format that it does not know.</summary>
    public Action<Life> NotKnown { get; init; } = static _ => { };

    public TimeSpan Delay(double most = 0.004) => TimeSpan.FromSeconds(most * (0.1 + chance.NextDouble()));

    public bool Happens(double share) => share > 0 && chance.NextDouble() < share;

    /// <summary>An envelope has come to the broker. False: it has no such queue.</summary>
    public bool Take(string queue, QueueKind kind, Envelope envelope)
    {
        if (!lines.TryGetValue(queue, out var line))
        {
            if (kind == QueueKind.Passing) return false;
            lines[queue] = line = new Line(queue, kind);
        }

        if (Happens(faults.Lost)) return true;
        Enqueue(line, new Letter(envelope), Happens(faults.Delayed) ? TimeSpan.FromSeconds(10 * chance.NextDouble()) : TimeSpan.Zero);
        if (Happens(faults.Doubled)) Enqueue(line, new Letter(envelope), TimeSpan.FromSeconds(5 * chance.NextDouble()));
        return true;
    }

    public Consumer Listen(BrokerLink link, Subscription subscription)
    {
        if (!lines.TryGetValue(subscription.Queue, out var line)) lines[subscription.Queue] = line = new Line(subscription.Queue, subscription.Kind);
        var consumer = new Consumer(this, link, line, subscription);
        line.Consumers.Add(consumer);
        Pump(line);
        return consumer;
    }

    /// <summary>A server is gone, or cannot be reached: what it was handling goes to others, and its own queues of no lasting worth are emptied.</summary>
    public void Drop(BrokerLink link)
    {
        foreach (var line in lines.Values)
        {
            var mine = line.Consumers.Where(consumer => consumer.Link == link).ToList();
            if (mine.Count == 0) continue;
            foreach (var consumer in mine) consumer.GiveBack();
            if (line.Kind == QueueKind.Passing) line.Waiting.Clear();
            if (!link.Life.IsAlive) line.Consumers.RemoveAll(consumer => consumer.Link == link);
            Pump(line);
        }

        if (link.Life.IsAlive) return;
        foreach (var gone in lines.Values.Where(line => line.Kind == QueueKind.Passing && line.Consumers.Count == 0).ToList()) lines.Remove(gone.Queue);
    }

    public void PumpAll()
    {
        foreach (var line in lines.Values) Pump(line);
    }

    private void Enqueue(Line line, Letter letter, TimeSpan delay) => timeline.After(delay, outside, () =>
    {
        line.Waiting.Add(letter);
        Pump(line);
    });

    private void Pump(Line line)
    {
        while (line.Waiting.Count > 0 && !faults.Down)
        {
            var ready = line.Consumers.Where(consumer => consumer.HasRoom).ToList();
            if (ready.Count == 0) return;
            // Nearly in order, as with several consumers and redeliveries.
            var at = Happens(0.1) ? chance.Next(Math.Min(4, line.Waiting.Count)) : 0;
            var letter = line.Waiting[at];
            line.Waiting.RemoveAt(at);
            ready[chance.Next(ready.Count)].Deliver(letter);
        }
    }

    /// <summary>One queue.</summary>
    internal sealed class Line(string queue, QueueKind kind)
    {
        public string Queue => queue;

        public QueueKind Kind => kind;

        public List<Letter> Waiting { get; } = [];

        public List<Consumer> Consumers { get; } = [];

        public int Handled => Consumers.Sum(consumer => consumer.Busy);
    }

    internal sealed class Letter(Envelope envelope)
    {
        public Envelope Envelope => envelope;

        public int Deliveries { get; set; }
    }

    /// <summary>A server that reads a queue.</summary>
    internal sealed class Consumer(Broker broker, BrokerLink link, Line line, Subscription subscription)
    {
        private readonly List<Letter> handled = [];
        private TaskCompletionSource? quiet;

        public BrokerLink Link => link;

        public QueueKind Kind => subscription.Kind;

        public int Busy => handled.Count;

        public bool Closed { get; private set; }

        public bool HasRoom => !Closed && link.IsUp && handled.Count < subscription.Envelopes;

        public void Deliver(Letter letter)
        {
            letter.Deliveries++;
            handled.Add(letter);
            link.Life.Timeline.After(broker.Delay(), link.Life, () => _ = HandleAsync(letter));
        }

        /// <summary>Takes no more, and is done when what it has is handled.</summary>
        public async Task CloseAsync()
        {
            Closed = true;
            while (handled.Count > 0)
            {
                quiet ??= new TaskCompletionSource();
                await quiet.Task;
            }

            line.Consumers.Remove(this);
        }

        /// <summary>The broker no longer knows what became of what the server has: others get it again.</summary>
        public void GiveBack()
        {
            foreach (var letter in handled) Return(letter);
            handled.Clear();
            Rest();
        }

        private async Task HandleAsync(Letter letter)
        {
            var well = true;
            try
            {
                await subscription.Handle(letter.Envelope, CancellationToken.None);
            }
            catch (Exception error)
            {
                well = false;
                if (error is NewerEnvelopeException) broker.NotKnown(link.Life);
                if (link.Life.Timeline.History.IsTraced) link.Life.Timeline.History.Say(link.Life.Name, $"{subscription.Queue}: not handled: {error.Message}");
            }

            link.Life.Timeline.After(broker.Delay(), broker.Outside, () => Settle(letter, well));
        }

        private void Settle(Letter letter, bool well)
        {
            // Given back in between: the broker has not heard of it.
            if (!link.IsUp || !handled.Remove(letter)) return;
            if (!well) Return(letter);
            Rest();
            broker.Pump(line);
        }

        private void Return(Letter letter)
        {
            if (letter.Deliveries < MostDeliveries) broker.Enqueue(line, letter, TimeSpan.FromMilliseconds(200));
        }

        private void Rest()
        {
            if (handled.Count > 0 || quiet is not { } waiting) return;
            quiet = null;
            waiting.SetResult();
        }
    }

    private Life Outside => outside;
}
