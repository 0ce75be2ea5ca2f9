using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Servers;

/// <summary>Listens on a port of its own, and serves each client by itself until the test is over or the client has gone.</summary>
public abstract class FakeServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    protected FakeServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        GC.SuppressFinalize(this);
    }

    protected abstract Task ServeAsync(Stream client);

    private async Task AcceptAsync()
    {
        // A client may come before what derives is made: never on its thread.
        await Task.Yield();
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
            await ServeAsync(stream);
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }
}
