namespace Orchestrator.Workflows.Model.Bus;

/// <summary>How long what is in a queue lives, and who reads it.</summary>
internal enum QueueKind
{
    /// <summary>Read by any of several servers; survives them all.</summary>
    Shared,

    /// <summary>One server's own; survives it for a while, so that another can read what it left.</summary>
    Server,

    /// <summary>One server's own, and worth nothing without it.</summary>
    Passing,
}

/// <summary>A queue that this process reads.</summary>
/// <param name="Handle">Ends when the envelope's content is safe elsewhere; until then a durable transport keeps the envelope. Throws for one that cannot be handled.</param>
/// <param name="Envelopes">Envelopes that are handled at once; the others stay in the queue.</param>
internal sealed record Subscription(string Queue, QueueKind Kind, Func<Envelope, CancellationToken, Task> Handle, int Envelopes = 4);

/// <summary>
/// Carries envelopes from process to process, or within one. Envelopes may be lost, come twice or in another order; none of
/// that costs more than time.
/// </summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>True: envelopes outlive a process, so they are to be let go of only when their content is safe.</summary>
    bool IsDurable { get; }

    /// <summary>Null: envelopes go through; else what is wrong, for an operator.</summary>
    string? Unavailable { get; }

    /// <summary>Starts with the queues that are read from the start; returns when every one of them can be sent to.</summary>
    Task StartAsync(IReadOnlyList<Subscription> subscriptions, CancellationToken cancellationToken);

    /// <summary>Reads a further queue until what is returned is disposed.</summary>
    Task<IAsyncDisposable> ReceiveAsync(Subscription subscription, CancellationToken cancellationToken);

    /// <summary>Returns when the transport has the envelope for good. Throws when it does not take it.</summary>
    Task SendAsync(string queue, QueueKind kind, Envelope envelope, CancellationToken cancellationToken);

    /// <summary>Takes no more envelopes from the queues of this kind, and returns when those taken are handled.</summary>
    Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken);
}
