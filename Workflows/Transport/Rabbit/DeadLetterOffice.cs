using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>Why a parcel became a dead letter. The words stand in brokers and never change.</summary>
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
    public const string Node = "orchestrator-node";
}

/// <summary>Puts what cannot be handled where an operator finds it.</summary>
/// <param name="send">To a queue, with labels.</param>
internal sealed partial class DeadLetterOffice(
    string node, Func<Parcel, Postmark, CancellationToken, Task> send, RabbitLimits limits, TimeProvider time, ILogger logger)
{
    private const int LongestDetail = 2000;

    /// <summary>Returns when the dead letter is safe. Throws when it cannot be: the parcel goes back to its queue.</summary>
    public async Task BuryAsync(string queue, Parcel parcel, string reason, string detail, int failures, CancellationToken cancellationToken)
    {
        var labels = ImmutableDictionary<string, string>.Empty
            .Add(DeadLetterLabels.Queue, queue)
            .Add(DeadLetterLabels.Reason, reason)
            .Add(DeadLetterLabels.Detail, detail.Length > LongestDetail ? detail[..LongestDetail] : detail)
            .Add(DeadLetterLabels.At, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture))
            .Add(DeadLetterLabels.Failures, failures.ToString(CultureInfo.InvariantCulture))
            .Add(DeadLetterLabels.Node, node);
        try
        {
            await send(parcel, new Postmark(RabbitQueues.DeadLetters, persistent: true, labels), cancellationToken);
            LogBuried(queue, detail);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotBuried(queue, error.Message);
            await Task.Delay(limits.RetryPauses is [.., var last] ? last : limits.ReconnectPause, time, cancellationToken);
            throw;
        }
    }

    [LoggerMessage(3011, LogLevel.Error, "A parcel from {Queue} is a dead letter now (orchestrator bus dead-letters list): {Detail}")]
    private partial void LogBuried(string queue, string detail);

    [LoggerMessage(3012, LogLevel.Warning, "A parcel from {Queue} that nobody can handle goes back to it, since there is no way to the dead letters: {Reason}")]
    private partial void LogNotBuried(string queue, string reason);
}
