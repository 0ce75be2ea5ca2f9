using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>Why an envelope became a dead letter. The words stand in brokers and never change.</summary>
internal static class DeadLetterReasons
{
    /// <summary>Another format, or nobody handles such messages.</summary>
    public const string Poison = "poison";

    /// <summary>Its handler threw each time.</summary>
    public const string Failed = "failed";

    /// <summary>It came back too often: the processes that had it ended, or lost their connection.</summary>
    public const string Returned = "returned";
}

/// <summary>What is written on a dead letter.</summary>
internal static class DeadLetterLabels
{
    public const string Queue = "orchestrator-queue";
    public const string Reason = "orchestrator-reason";
    public const string Detail = "orchestrator-detail";
    public const string At = "orchestrator-at";
    public const string Failures = "orchestrator-failures";
    public const string Server = "orchestrator-node";
}

/// <summary>Puts what cannot be handled where an operator finds it.</summary>
/// <param name="send">To a queue, with labels.</param>
internal sealed partial class DeadLetterOffice(
    string server, Func<Envelope, DeliveryProperties, CancellationToken, Task> send, RabbitLimits limits, TimeProvider time, ILogger logger)
{
    private const int LongestDetail = 2000;

    /// <summary>Returns when the dead letter is safe. Throws when it cannot be: the envelope goes back to its queue.</summary>
    public async Task EvictAsync(string queue, Envelope envelope, string reason, string detail, int failures, CancellationToken cancellationToken)
    {
        var labels = ImmutableDictionary<string, string>.Empty
            .Add(DeadLetterLabels.Queue, queue)
            .Add(DeadLetterLabels.Reason, reason)
            .Add(DeadLetterLabels.Detail, detail.Length > LongestDetail ? detail[..LongestDetail] : detail)
            .Add(DeadLetterLabels.At, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture))
            .Add(DeadLetterLabels.Failures, failures.ToString(CultureInfo.InvariantCulture))
            .Add(DeadLetterLabels.Server, server);
        try
        {
            await send(envelope, new DeliveryProperties(RabbitQueues.DeadLetters, persistent: true, labels), cancellationToken);
            LogEvicted(queue, detail);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotEvicted(queue, error.Message);
            await Task.Delay(limits.RetryPauses is [.., var last] ? last : limits.ReconnectPause, time, cancellationToken);
            throw;
        }
    }

    [LoggerMessage(3011, LogLevel.Error, "Message dead-lettered: an envelope from {Queue} (orchestrator bus dead-letters list): {Detail}")]
    private partial void LogEvicted(string queue, string detail);

    [LoggerMessage(3012, LogLevel.Warning, "An envelope from {Queue} that nobody can handle goes back to it, since there is no way to the dead letters: {Reason}")]
    private partial void LogNotEvicted(string queue, string reason);
}
