using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>
/// Writes messages into an envelope, field after field in a fixed order; <see cref="EnvelopeReader"/> reads the same. Numbers
/// are little-endian, texts and JSON are UTF-8 after their length, and what may be missing stands after a flag.
/// </summary>
internal sealed class EnvelopeWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(4096);

    /// <summary>Which of the <see cref="ProtocolVersions"/> the order of the fields is of.</summary>
    public int ProtocolVersion { get; private set; }

    /// <summary>The envelope of these messages. The writer can be used again.</summary>
    public Envelope Pack<T>(List<T> messages, int format = ProtocolVersions.Newest) where T : IBusMessage<T>
    {
        ProtocolVersion = format;
        buffer.ResetWrittenCount();
        Write((byte)format);
        Write((byte)T.Type);
        Write(messages.Count);
        foreach (var message in messages) message.WriteTo(this);
        return new Envelope(buffer.WrittenSpan.ToArray());
    }

    public void Write(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    public void Write(bool value) => Write(value ? (byte)1 : (byte)0);

    public void Write(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), value);
        buffer.Advance(sizeof(int));
    }

    public void Write(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(sizeof(long)), value);
        buffer.Advance(sizeof(long));
    }

    public void Write(double value) => Write(BitConverter.DoubleToInt64Bits(value));

    public void Write(DateTimeOffset value) => Write(value.UtcTicks);

    public void Write(DateTimeOffset? value)
    {
        Write(value is not null);
        if (value is { } time) Write(time);
    }

    public void Write(RunId run)
    {
        run.Value.TryWriteBytes(buffer.GetSpan(16));
        buffer.Advance(16);
    }

    public void Write(string text)
    {
        var bytes = buffer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, bytes[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        buffer.Advance(sizeof(int) + length);
    }

    public void Write(StepPath path) => Write(path.Value);

    public void Write(JsonElement json)
    {
        var bytes = JsonMarshal.GetRawUtf8Value(json);
        Write(bytes.Length);
        buffer.Write(bytes);
    }

    public void Write(JsonElement? json)
    {
        Write(json is not null);
        if (json is { } value) Write(value);
    }

    public void Write(StepError? error)
    {
        Write(error is not null);
        if (error is null) return;
        Write(error.Code);
        Write(error.Message);
        Write(error.Retryable);
        Write(error.Detail);
    }

    public void Write(TaskToken taskToken)
    {
        Write(taskToken.Run);
        Write(taskToken.Path);
        Write(taskToken.Undo);
        Write(taskToken.Attempt);
        Write(taskToken.Token);
    }
}
