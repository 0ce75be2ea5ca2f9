using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orchestrator.Servers;

/// <summary>Greets like a PostgreSQL server of another version, lets everybody in and then says nothing more.</summary>
public sealed class OldPostgres : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _version;
    private readonly Task _accepting;

    public OldPostgres(string version)
    {
        _version = version;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = GreetAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task GreetAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        try
        {
            while (true)
            {
                var length = await ReadNumberAsync(stream);
                var body = new byte[length - 4];
                await stream.ReadExactlyAsync(body);
                // Requests for TLS and for GSS encryption come before the start: no.
                if (BinaryPrimitives.ReadInt32BigEndian(body) is 80877103 or 80877104)
                {
                    await stream.WriteAsync("N"u8.ToArray());
                    continue;
                }

                byte[] greeting =
                [
                    .. Message('R', [0, 0, 0, 0]), .. Status("server_version", _version), .. Status("server_encoding", "UTF8"), .. Status("client_encoding", "UTF8"),
                    .. Status("standard_conforming_strings", "on"), .. Status("integer_datetimes", "on"), .. Message('K', [0, 0, 0, 1, 0, 0, 0, 1]), .. Message('Z', "I"u8.ToArray()),
                ];
                await stream.WriteAsync(greeting);
                await stream.CopyToAsync(Stream.Null);
                return;
            }
        }
        catch (IOException)
        {
            // The client has gone.
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
