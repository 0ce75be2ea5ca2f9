using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>A queue that is read over as many sessions as it takes: at most so many envelopes at once over all of them.</summary>
internal sealed partial class Consumer(Subscription subscription, DeadLetterOffice dead, RabbitLimits limits, TimeProvider time, ILogger logger, CancellationToken closing) : IDisposable
{
    private readonly SemaphoreSlim places = new(subscription.Envelopes);
    private readonly TimeProvider clock = time;

    public Subscription Subscription => subscription;

    /// <summary>Of the present session; null while there is none.</summary>
    private RabbitReader? reader;

    public async Task ReadAsync(RabbitSession session, CancellationToken cancellationToken) =>
        reader = await session.ReceiveAsync(subscription.Queue, subscription.Kind, subscription.Envelopes, TakeAsync, cancellationToken);

    /// <summary>Takes no more.</summary>
    public Task CancelAsync(CancellationToken cancellationToken) => reader?.CancelAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Takes no more, and returns when what was taken is handled, over all sessions.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await CancelAsync(cancellationToken);
        if (reader is { } open) await open.StopAsync(cancellationToken);
        reader = null;
        for (var place = 0; place < subscription.Envelopes; place++) await places.WaitAsync(cancellationToken);
    }

    /// <summary>After it has stopped.</summary>
    public void Dispose() => places.Dispose();

    /// <summary>Returning acknowledges the envelope, throwing gives it back to the queue.</summary>
    private async Task TakeAsync(Envelope envelope, RabbitSession session)
    {
        // What an earlier session had may still be at work; an envelope that finds no place until its own session is gone comes again.
        await places.WaitAsync(session.Ended);
        try
        {
            await HandleAsync(envelope);
        }
        finally
        {
            places.Release();
        }
    }

    private async Task HandleAsync(Envelope envelope)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await subscription.Handle(envelope, closing);
                return;
            }
            catch (Exception) when (closing.IsCancellationRequested)
            {
                throw;
            }
            catch (OperationCanceledException)
            {
                // Whoever handles envelopes is about to stop, or to stop waiting: others may have it.
                await Task.Delay(limits.ReturnPause, clock, closing);
                throw;
            }
            catch (Exception error) when (subscription.Kind == QueueKind.Passing)
            {
                LogDropped(error, subscription.Queue);
                return;
            }
            catch (InvalidDataException poison)
            {
                await dead.EvictAsync(subscription.Queue, envelope, DeadLetterReasons.Poison, poison.Message, failures, closing);
                return;
            }
            catch (Exception error) when (failures <= limits.RetryPauses.Length)
            {
                LogFailed(subscription.Queue, limits.RetryPauses[failures - 1], failures, error.Message);
                await Task.Delay(limits.RetryPauses[failures - 1], clock, closing);
            }
            catch (Exception error)
            {
                await dead.EvictAsync(subscription.Queue, envelope, DeadLetterReasons.Failed, error.Message, failures, closing);
                return;
            }
        }
    }

    [LoggerMessage(3021, LogLevel.Warning, "A passing envelope from {Queue} was not handled")]
    private partial void LogDropped(Exception error, string queue);

    [LoggerMessage(3022, LogLevel.Warning, "An envelope from {Queue} was not handled, for the {Failures}. time; again in {Pause}: {Reason}")]
    private partial void LogFailed(string queue, TimeSpan pause, int failures, string reason);
}
