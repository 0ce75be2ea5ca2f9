using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Reads what <see cref="EnvelopeWriter"/> has written.</summary>
internal ref struct EnvelopeReader
{
    // What most tasks are given, or give: shared, since a journal keeps every one of them.
    private static readonly JsonElement nothing = JsonElement.Parse("{}");

    private ReadOnlySpan<byte> rest;

    private EnvelopeReader(Envelope envelope) => rest = envelope.Content;

    /// <summary>Which of the <see cref="ProtocolVersions"/> the envelope is of.</summary>
    public int ProtocolVersion { get; private set; }

    /// <summary>
    /// The messages of an envelope. Throws <see cref="InvalidDataException"/> for one that is cut short or garbled, or of a format older than
    /// any that is read, and <see cref="NewerEnvelopeException"/> for a newer one.
    /// </summary>
    /// <param name="newest">The newest of the <see cref="ProtocolVersions"/> that is known here.</param>
    public static List<T> Unpack<T>(Envelope envelope, int newest = ProtocolVersions.Newest) where T : IBusMessage<T>
    {
        var reader = new EnvelopeReader(envelope);
        if (reader.ReadType(newest) != T.Type) throw new InvalidDataException($"An envelope holds other messages than {T.Type}.");
        try
        {
            var count = reader.ReadInt32();
            // Each takes a byte at least: a garbled count must not ask for all the memory there is.
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, reader.rest.Length);
            var messages = new List<T>(count);
            for (; count > 0; count--) messages.Add(T.ReadFrom(ref reader));
            return messages;
        }
        catch (Exception garbled) when (garbled is ArgumentException or JsonException)
        {
            throw new InvalidDataException("An envelope is cut short or garbled.", garbled);
        }
    }

    /// <summary>What an envelope holds. Throws as <see cref="Unpack"/> does.</summary>
    public static MessageType TypeOf(Envelope envelope, int newest = ProtocolVersions.Newest) =>
        envelope.Content.Length >= 2 ? new EnvelopeReader(envelope).ReadType(newest) : throw new InvalidDataException("An envelope is cut short or garbled.");

    public byte ReadByte() => Take(1)[0];

    public bool ReadBoolean() => ReadByte() != 0;

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public double ReadDouble() => BitConverter.Int64BitsToDouble(ReadInt64());

    public DateTimeOffset ReadTime() => new(ReadInt64(), TimeSpan.Zero);

    public DateTimeOffset? ReadOptionalTime() => ReadBoolean() ? ReadTime() : null;

    public RunId ReadRun() => new(new Guid(Take(16)));

    public string ReadText() => Encoding.UTF8.GetString(Take(ReadInt32()));

    public StepPath ReadPath() => new(ReadText());

    public JsonElement ReadJson()
    {
        var bytes = Take(ReadInt32());
        return bytes.SequenceEqual("{}"u8) ? nothing : JsonElement.Parse(bytes);
    }

    public JsonElement? ReadOptionalJson() => ReadBoolean() ? ReadJson() : null;

    public StepError? ReadError() =>
        ReadBoolean() ? new StepError(ReadText(), ReadText()) { Retryable = ReadBoolean(), Detail = ReadOptionalJson() } : null;

    /// <summary>Null: there is none, or its writer was older.</summary>
    public string? ReadTrace() => ProtocolVersion >= ProtocolVersions.Traces && ReadText() is { Length: > 0 } trace ? trace : null;

    public TaskToken ReadTaskToken() => new(ReadRun(), ReadPath(), ReadBoolean(), ReadInt32(), ReadInt64());

    private MessageType ReadType(int newest)
    {
        ProtocolVersion = ReadByte();
        if (ProtocolVersion > newest) throw new NewerEnvelopeException(ProtocolVersion, newest);
        if (ProtocolVersion < ProtocolVersions.Oldest) throw new InvalidDataException($"An envelope has protocol version {ProtocolVersion}, and the oldest that is read here is {ProtocolVersions.Oldest}: it is of a version long gone.");
        return (MessageType)ReadByte();
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
