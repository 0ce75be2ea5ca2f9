using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Envelopes;

/// <summary>
/// Puts an envelope's bytes on the transport as they are. MassTransit's own envelope would carry them as text in JSON, and cost
/// more than all else that a message does; nothing here needs what the envelope says.
/// </summary>
internal sealed class EnvelopeSerializer : ISerializerFactory, IMessageSerializer, IMessageDeserializer
{
    public ContentType ContentType { get; } = new("application/vnd.orchestrator.envelope");

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public MessageBody GetMessageBody<T>(SendContext<T> context) where T : class =>
        context.Message is Envelope envelope
            ? new BytesMessageBody(envelope.Content)
            : throw new NotSupportedException($"This bus carries envelopes only, no {typeof(T).Name}.");

    public MessageBody GetMessageBody(string text) => new Base64MessageBody(text);

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        new EnvelopeContext(this, new RawMessageContext(headers, destinationAddress, RawSerializerOptions.Default), new Envelope(body.GetBytes()));

    public void Probe(ProbeContext context) => context.CreateScope("envelope").Add("contentType", ContentType.MediaType);

    /// <summary>An envelope as it came.</summary>
    private sealed class EnvelopeContext(EnvelopeSerializer serializer, MessageContext context, Envelope envelope)
        : BaseSerializerContext(SystemTextJsonMessageSerializer.Instance, context, supportedTypes)
    {
        private static readonly string[] supportedTypes = [MessageUrn.ForTypeString<Envelope>()];

        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message) where T : class
        {
            message = envelope as T;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = messageType.IsInstanceOfType(envelope) ? envelope : null;
            return message is not null;
        }

        public override IMessageSerializer GetMessageSerializer() => serializer;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => serializer;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => serializer;

        public override Dictionary<string, object> ToDictionary<T>(T? message) where T : class => [];
    }
}
