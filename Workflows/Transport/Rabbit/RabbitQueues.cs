using System.Diagnostics;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// How each kind of queue is declared. Whoever declares a queue has to say the same, or the broker refuses it: a change
/// here needs another name for the queue, unless what is in it is passing.
/// </summary>
internal static class RabbitQueues
{
    /// <summary>Where envelopes go that nobody could handle.</summary>
    public const string DeadLetters = "orchestrator-dead-letters";

    /// <summary>An envelope that came back so often has taken its worker's process with it each time, or its connection.</summary>
    private const long MostDeliveries = 30;

    // Quorum queues of RabbitMQ 4 drop what came back twenty times, and looking into a queue is such a coming back.
    private const long Unlimited = 1_000_000_000;

    public static Dictionary<string, object?> Arguments(QueueKind kind, RabbitLimits limits) => kind switch
    {
        QueueKind.Shared => Kept(limits),
        QueueKind.Server => new(Kept(limits)) { ["x-expires"] = Milliseconds(limits.ServerQueueLife) },
        QueueKind.Passing => new(Quorum(limits))
        {
            ["x-expires"] = Milliseconds(limits.PassingQueueLife),
            // It outlives a stop of the broker, and what is passing must not come true hours later.
            ["x-message-ttl"] = Milliseconds(limits.PassingQueueLife),
        },
        _ => throw new UnreachableException($"queue kind {kind}"),
    };

    public static Dictionary<string, object?> DeadLetterArguments() => new() { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = Unlimited };

    private static Dictionary<string, object?> Quorum(RabbitLimits limits) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = MostDeliveries,
        ["x-max-length"] = (long)limits.MostEnvelopes,
    };

    /// <summary>Nothing of it is lost: what it does not take its sender hears of, and what cannot be handled is a dead letter.</summary>
    private static Dictionary<string, object?> Kept(RabbitLimits limits) => new(Quorum(limits))
    {
        ["x-overflow"] = "reject-publish",
        ["x-dead-letter-exchange"] = "",
        ["x-dead-letter-routing-key"] = DeadLetters,
    };

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
