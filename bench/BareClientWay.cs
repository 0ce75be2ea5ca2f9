using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Transport.Rabbit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Orchestrator.Bench;

/// <summary>RabbitMQ.Client and nothing else, on a queue like the transport's.</summary>
internal sealed class BareClientWay(IConnection connection, IChannel sending, IChannel receiving) : IEnvelopeWay
{
    private const string Queue = "orchestrator-tasks-normal";

    public Action Handled { private get; set; } = static () => { };

    public static async Task<BareClientWay> OpenAsync(Uri uri, int envelopes)
    {
        var connection = await new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        var sending = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var receiving = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, consumerDispatchConcurrency: (ushort)envelopes));
        var way = new BareClientWay(connection, sending, receiving);
        await way.StartAsync(envelopes);
        return way;
    }

    public async Task SendAsync(Envelope envelope) =>
        await sending.BasicPublishAsync("", Queue, mandatory: true, new BasicProperties { Persistent = true }, envelope.Content);

    public async ValueTask DisposeAsync()
    {
        await receiving.DisposeAsync();
        await sending.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task StartAsync(int envelopes)
    {
        await receiving.QueueDeclareAsync(RabbitQueues.DeadLetters, durable: true, exclusive: false, autoDelete: false, RabbitQueues.DeadLetterArguments());
        await receiving.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, RabbitQueues.Arguments(QueueKind.Shared, new RabbitLimits()));
        await receiving.BasicQosAsync(0, (ushort)envelopes, global: false);
        var consumer = new AsyncEventingBasicConsumer(receiving);
        consumer.ReceivedAsync += async (_, delivered) =>
        {
            // As the transport does: what is handled has to outlive the delivery.
            _ = new Envelope(delivered.Body.ToArray());
            Handled();
            await receiving.BasicAckAsync(delivered.DeliveryTag, multiple: false);
        };
        await receiving.BasicConsumeAsync(Queue, autoAck: false, consumer);
    }
}
