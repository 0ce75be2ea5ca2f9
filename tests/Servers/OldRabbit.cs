using System.Buffers.Binary;
using System.Text;

namespace Orchestrator.Servers;

/// <summary>Greets like a RabbitMQ of another version, lets everybody in and opens channels; it has no queues.</summary>
public sealed class OldRabbit(string version) : FakeServer
{
    private const byte MethodFrame = 1;
    private const byte FrameEnd = 0xCE;

    protected override async Task ServeAsync(Stream client)
    {
        await client.ReadExactlyAsync(new byte["AMQP0091".Length]);
        // connection.start: protocol 0-9, who it is, how one may sign in, and in which language.
        await SayAsync(client, 0, 10, 10, [0, 9, .. Table(), .. Long("PLAIN"), .. Long("en_US")]);
        while (await HearAsync(client) is var (channel, kind, method))
        {
            var answering = (kind, method) switch
            {
                // start-ok: tune, with 2,047 channels, frames of 128 KiB and a heartbeat a minute.
                (10, 11) => SayAsync(client, 0, 10, 30, [7, 255, 0, 2, 0, 0, 0, 60]),
                (10, 40) => SayAsync(client, 0, 10, 41, [0]),
                (10, 50) => SayAsync(client, 0, 10, 51, []),
                (20, 10) => SayAsync(client, channel, 20, 11, [0, 0, 0, 0]),
                (20, 40) => SayAsync(client, channel, 20, 41, []),
                (85, 10) => SayAsync(client, channel, 85, 11, []),
                _ => Task.CompletedTask,
            };
            await answering;
        }
    }

    private byte[] Table()
    {
        byte[] fields = [.. Field("product", "RabbitMQ"), .. Field("version", version)];
        return [.. Number(fields.Length), .. fields];
    }

    private static byte[] Field(string name, string value) => [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)'S', .. Long(value)];

    private static byte[] Long(string text) => [.. Number(text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static async Task SayAsync(Stream stream, ushort channel, ushort kind, ushort method, byte[] arguments)
    {
        byte[] head = [MethodFrame, .. Short(channel), .. Number(4 + arguments.Length), .. Short(kind), .. Short(method)];
        await stream.WriteAsync((byte[])[.. head, .. arguments, FrameEnd]);
    }

    private static byte[] Short(ushort number) => [(byte)(number >> 8), (byte)number];

    private static async Task<(ushort Channel, ushort Kind, ushort Method)> HearAsync(Stream stream)
    {
        while (true)
        {
            var head = new byte[7];
            await stream.ReadExactlyAsync(head);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(3)) + 1];
            await stream.ReadExactlyAsync(body);
            if (head[0] == MethodFrame)
            {
                return (BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1)), BinaryPrimitives.ReadUInt16BigEndian(body), BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(2)));
            }
        }
    }
}
