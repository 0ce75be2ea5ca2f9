using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>What an operator does with dead letters. Whoever looks holds them for that long: others see fewer meanwhile, and none is lost.</summary>
internal sealed class DeadLetterQueue(BrokerAddress address, string name, RabbitLimits limits) : IDisposable
{
    private const int MostSorted = 1000;

    // Visits would hide letters from each other.
    private readonly SemaphoreSlim turn = new(1);

    public void Dispose() => turn.Dispose();

    /// <summary>The oldest ones.</summary>
    public async Task<DeadLetterList> ListAsync(int limit, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        // A quorum queue puts what was looked at last, so a look at a few has to be a look at many.
        var total = await VisitAsync(Math.Max(limit, MostSorted), (letter, _, _) =>
        {
            letters.Add(letter);
            return Task.FromResult(false);
        }, cancellationToken);
        return new DeadLetterList([.. letters.OrderBy(letter => letter.At).Take(limit)], total);
    }

    /// <summary>Puts them into their queues again; one is gone from here only when it is safe there.</summary>
    /// <param name="ids">Null: all.</param>
    public Task<DeadLetterOutcome> ReplayAsync(IReadOnlySet<string>? ids, CancellationToken cancellationToken) => DealAsync(ids, async (letter, found, channel) =>
    {
        try
        {
            var properties = new BasicProperties { Persistent = true, ContentType = found.BasicProperties.ContentType, MessageId = Guid.NewGuid().ToString() };
            await channel.BasicPublishAsync("", letter.Queue, mandatory: true, properties, found.Body, cancellationToken);
            return null;
        }
        catch (PublishException refused)
        {
            return refused.IsReturn ? "its queue is gone; discard it" : "its queue is full; replay it later";
        }
    }, cancellationToken);

    /// <summary>Throws them away.</summary>
    /// <param name="ids">Null: all.</param>
    /// <param name="discarded">Told of each before it goes.</param>
    public Task<DeadLetterOutcome> DiscardAsync(IReadOnlySet<string>? ids, Action<DeadLetter> discarded, CancellationToken cancellationToken) => DealAsync(ids, (letter, _, _) =>
    {
        discarded(letter);
        return Task.FromResult<string?>(null);
    }, cancellationToken);

    /// <param name="deal">Gives why the letter has to stay; null: it is done with.</param>
    private async Task<DeadLetterOutcome> DealAsync(
        IReadOnlySet<string>? ids, Func<DeadLetter, BasicGetResult, IChannel, Task<string?>> deal, CancellationToken cancellationToken)
    {
        var (done, kept, unseen) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<KeptDeadLetter>(), ids?.ToHashSet());
        await VisitAsync(int.MaxValue, async (letter, found, channel) =>
        {
            if (unseen is not null && !unseen.Remove(letter.Id)) return false;

            if (await deal(letter, found, channel) is { } why)
            {
                kept.Add(new KeptDeadLetter(letter.Id, letter.Queue, why));
                return false;
            }

            done.Add(letter.Id);
            return true;
        }, cancellationToken);
        foreach (var id in unseen ?? []) kept.Add(new KeptDeadLetter(id, "", "there is no such dead letter"));
        return new DeadLetterOutcome(done.ToImmutable(), kept.ToImmutable());
    }

    /// <summary>Shows the letters that were there when it began; gives how many there were.</summary>
    /// <param name="visit">True: the letter is done with.</param>
    private async Task<long> VisitAsync(int limit, Func<DeadLetter, BasicGetResult, IChannel, Task<bool>> visit, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await using var broker = await BrokerConnection.OpenAsync(address, name, limits, cancellationToken);
            await broker.DeclareDeadLettersAsync(cancellationToken);
            var total = (await broker.FindAsync(RabbitQueues.DeadLetters, cancellationToken))?.MessageCount ?? 0;
            // What is neither acknowledged nor refused goes back when the channel closes.
            await using var channel = await broker.OpenChannelAsync(cancellationToken);
            for (var left = Math.Min(total, limit); left > 0; left--)
            {
                if (await channel.BasicGetAsync(RabbitQueues.DeadLetters, autoAck: false, cancellationToken) is not { } found) break;
                if (await visit(DeadLetterPost.Read(found), found, channel)) await channel.BasicAckAsync(found.DeliveryTag, multiple: false, cancellationToken);
            }

            return total;
        }
        finally
        {
            turn.Release();
        }
    }
}
