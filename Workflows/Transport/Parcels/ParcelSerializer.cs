using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Transport.Parcels;

/// <summary>
/// Puts a parcel's bytes on the transport as they are. MassTransit's own envelope would carry them as text in JSON, and cost
/// more than all else that a message does; nothing here needs what the envelope says.
/// </summary>
internal sealed class ParcelSerializer : ISerializerFactory, IMessageSerializer, IMessageDeserializer
{
    public ContentType ContentType { get; } = new("application/vnd.orchestrator.parcel");

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public MessageBody GetMessageBody<T>(SendContext<T> context) where T : class =>
        context.Message is Parcel parcel
            ? new BytesMessageBody(parcel.Content)
            : throw new NotSupportedException($"This bus carries parcels only, no {typeof(T).Name}.");

    public MessageBody GetMessageBody(string text) => new Base64MessageBody(text);

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        new ParcelContext(this, new RawMessageContext(headers, destinationAddress, RawSerializerOptions.Default), new Parcel(body.GetBytes()));

    public void Probe(ProbeContext context) => context.CreateScope("parcel").Add("contentType", ContentType.MediaType);

    /// <summary>A parcel as it came.</summary>
    private sealed class ParcelContext(ParcelSerializer serializer, MessageContext context, Parcel parcel)
        : BaseSerializerContext(SystemTextJsonMessageSerializer.Instance, context, supportedTypes)
    {
        private static readonly string[] supportedTypes = [MessageUrn.ForTypeString<Parcel>()];

        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message) where T : class
        {
            message = parcel as T;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = messageType.IsInstanceOfType(parcel) ? parcel : null;
            return message is not null;
        }

        public override IMessageSerializer GetMessageSerializer() => serializer;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => serializer;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => serializer;

        public override Dictionary<string, object> ToDictionary<T>(T? message) where T : class => [];
    }
}
