namespace Orchestrator.Workflows.Model.Bus;

/// <summary>How long what is in a queue lives, and who reads it.</summary>
internal enum QueueKind
{
    /// <summary>Read by any of several nodes; survives them all.</summary>
    Shared,

    /// <summary>One node's own; survives it for a while, so that another can read what it left.</summary>
    Node,

    /// <summary>One node's own, and worth nothing without it.</summary>
    Passing,
}

/// <summary>A queue that this process reads.</summary>
/// <param name="Handle">Ends when the parcel's content is safe elsewhere; until then a durable transport keeps the parcel. Throws for one that cannot be handled.</param>
/// <param name="Parcels">Parcels that are handled at once; the others stay in the queue.</param>
internal sealed record Inlet(string Queue, QueueKind Kind, Func<Parcel, CancellationToken, Task> Handle, int Parcels = 4);

/// <summary>
/// Carries parcels from process to process, or within one. Parcels may be lost, come twice or in another order; none of
/// that costs more than time.
/// </summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>True: parcels outlive a process, so they are to be let go of only when their content is safe.</summary>
    bool IsDurable { get; }

    /// <summary>Null: parcels go through; else what is wrong, for an operator.</summary>
    string? Trouble { get; }

    /// <summary>Starts with the queues that are read from the start; returns when every one of them can be sent to.</summary>
    Task StartAsync(IReadOnlyList<Inlet> inlets, CancellationToken cancellationToken);

    /// <summary>Reads a further queue until what is returned is disposed.</summary>
    Task<IAsyncDisposable> ReceiveAsync(Inlet inlet, CancellationToken cancellationToken);

    /// <summary>Returns when the transport has the parcel for good. Throws when it does not take it.</summary>
    Task SendAsync(string queue, QueueKind kind, Parcel parcel, CancellationToken cancellationToken);

    /// <summary>Takes no more parcels from the queues of this kind, and returns when those taken are handled.</summary>
    Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken);
}
