using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Bus;

/// <summary>Reads what <see cref="ParcelWriter"/> has written.</summary>
internal ref struct ParcelReader
{
    // What most tasks are given, or give: shared, since a journal keeps every one of them.
    private static readonly JsonElement nothing = JsonElement.Parse("{}");

    private ReadOnlySpan<byte> rest;

    private ParcelReader(Parcel parcel) => rest = parcel.Content;

    /// <summary>The messages of a parcel. Throws <see cref="InvalidDataException"/> for a parcel of another format, and for one that is cut short or garbled.</summary>
    public static List<T> Unpack<T>(Parcel parcel) where T : IBusMessage<T>
    {
        var reader = new ParcelReader(parcel);
        if (reader.ReadType() != T.Type) throw new InvalidDataException($"A parcel holds other messages than {T.Type}.");
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
            throw new InvalidDataException("A parcel is cut short or garbled.", garbled);
        }
    }

    /// <summary>What a parcel holds. Throws <see cref="InvalidDataException"/> for a parcel of another format, and for one that is cut short.</summary>
    public static MessageType TypeOf(Parcel parcel) =>
        parcel.Content.Length >= 2 ? new ParcelReader(parcel).ReadType() : throw new InvalidDataException("A parcel is cut short or garbled.");

    public byte ReadByte() => Take(1)[0];

    public bool ReadBoolean() => ReadByte() != 0;

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public double ReadDouble() => BitConverter.Int64BitsToDouble(ReadInt64());

    public DateTimeOffset ReadTime() => new(ReadInt64(), TimeSpan.Zero);

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

    public TaskStamp ReadStamp() => new(ReadRun(), ReadPath(), ReadBoolean(), ReadInt32(), ReadInt64());

    private MessageType ReadType() => ReadByte() is ParcelWriter.Format
        ? (MessageType)ReadByte()
        : throw new InvalidDataException($"A parcel has another format than {ParcelWriter.Format}, the one this process knows: engines and workers are of different versions.");

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
