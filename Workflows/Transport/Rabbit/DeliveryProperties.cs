using System.Collections.Immutable;
using MassTransit;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// Addresses an envelope to a queue by the broker's default exchange, which knows every queue by its name: nothing needs to be bound, and
/// what no queue takes comes back.
/// </summary>
internal sealed class DeliveryProperties(string queue, bool persistent, ImmutableDictionary<string, string>? labels = null) : IPipe<SendContext<Envelope>>
{
    /// <summary>MassTransit's name for the default exchange: the only one that it sends to without declaring it first.</summary>
    public static readonly Uri DefaultExchange = new("exchange:amq.rabbitmq.reply-to");

    public Task Send(SendContext<Envelope> context)
    {
        var rabbit = context.GetPayload<RabbitMqSendContext>();
        rabbit.RoutingKey = queue;
        rabbit.Mandatory = true;
        context.Durable = persistent;
        if (labels is not null)
        {
            foreach (var (key, value) in labels) context.Headers.Set(key, value);
        }

        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateScope("postmark").Add("queue", queue);
}
