using System.Buffers.Binary;
using System.Text;

namespace Orchestrator.Servers;

/// <summary>Greets like a PostgreSQL server of another version, lets everybody in and then says nothing more.</summary>
public sealed class OldPostgres(string version) : FakeServer
{
    protected override async Task ServeAsync(Stream client)
    {
        while (true)
        {
            var length = await ReadNumberAsync(client);
            var body = new byte[length - 4];
            await client.ReadExactlyAsync(body);
            // Requests for TLS and for GSS encryption come before the start: no.
            if (BinaryPrimitives.ReadInt32BigEndian(body) is 80877103 or 80877104)
            {
                await client.WriteAsync("N"u8.ToArray());
                continue;
            }

            byte[] greeting =
            [
                .. Message('R', [0, 0, 0, 0]), .. Status("server_version", version), .. Status("server_encoding", "UTF8"), .. Status("client_encoding", "UTF8"),
                .. Status("standard_conforming_strings", "on"), .. Status("integer_datetimes", "on"), .. Message('K', [0, 0, 0, 1, 0, 0, 0, 1]), .. Message('Z', "I"u8.ToArray()),
            ];
            await client.WriteAsync(greeting);
            await client.CopyToAsync(Stream.Null);
            return;
        }
    }

    private static byte[] Status(string name, string value) => Message('S', Encoding.ASCII.GetBytes($"{name}\0{value}\0"));

    private static byte[] Message(char kind, byte[] body)
    {
        var message = new byte[5 + body.Length];
        message[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message, 5);
        return message;
    }

    private static async Task<int> ReadNumberAsync(Stream stream)
    {
        var bytes = new byte[4];
        await stream.ReadExactlyAsync(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }
}
