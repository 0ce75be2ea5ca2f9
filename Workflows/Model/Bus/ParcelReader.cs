using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Reads what <see cref="ParcelWriter"/> has written.</summary>
internal ref struct ParcelReader
{
    // What most tasks are given, or give: shared, since a journal keeps every one of them.
    private static readonly JsonElement nothing = JsonElement.Parse("{}");

    private ReadOnlySpan<byte> rest;

    private ParcelReader(Parcel parcel) => rest = parcel.Content;

    /// <summary>Which of the <see cref="Formats"/> the parcel is of.</summary>
    public int Format { get; private set; }

    /// <summary>
    /// The messages of a parcel. Throws <see cref="InvalidDataException"/> for one that is cut short or garbled, or of a format older than
    /// any that is read, and <see cref="NewerParcelException"/> for a newer one.
    /// </summary>
    /// <param name="newest">The newest of the <see cref="Formats"/> that is known here.</param>
    public static List<T> Unpack<T>(Parcel parcel, int newest = Formats.Newest) where T : IBusMessage<T>
    {
        var reader = new ParcelReader(parcel);
        if (reader.ReadType(newest) != T.Type) throw new InvalidDataException($"A parcel holds other messages than {T.Type}.");
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

    /// <summary>What a parcel holds. Throws as <see cref="Unpack"/> does.</summary>
    public static MessageType TypeOf(Parcel parcel, int newest = Formats.Newest) =>
        parcel.Content.Length >= 2 ? new ParcelReader(parcel).ReadType(newest) : throw new InvalidDataException("A parcel is cut short or garbled.");

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
    public string? ReadTrace() => Format >= Formats.Traces && ReadText() is { Length: > 0 } trace ? trace : null;

    public TaskStamp ReadStamp() => new(ReadRun(), ReadPath(), ReadBoolean(), ReadInt32(), ReadInt64());

    private MessageType ReadType(int newest)
    {
        Format = ReadByte();
        if (Format > newest) throw new NewerParcelException(Format, newest);
        if (Format < Formats.Oldest) throw new InvalidDataException($"A parcel has format {Format}, and the oldest that is read here is {Formats.Oldest}: it is of a version long gone.");
        return (MessageType)ReadByte();
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
