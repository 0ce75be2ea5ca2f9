using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orchestrator.Simulator.Endpoints;

/// <summary>A database's or cache's port: a real TCP listener on loopback that greets, and answers PING with PONG (inline or RESP). It refuses connections once disposed.</summary>
internal sealed class TcpEndpoint : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string? _greeting;
    private readonly Func<bool> _ready;

    /// <param name="greeting">Sent to every new connection; null for protocols in which the client speaks first.</param>
    /// <param name="ready">While false, connections are closed without a word.</param>
    public TcpEndpoint(string? greeting, Func<bool> ready)
    {
        _greeting = greeting;
        _ready = ready;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _ = ServeAsync(client);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            if (!_ready())
            {
                return;
            }

            var stream = connection.GetStream();
            if (_greeting is not null)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(_greeting), _stopping.Token);
            }

            var buffer = new byte[512];
            for (int read; (read = await stream.ReadAsync(buffer, _stopping.Token)) > 0;)
            {
                var asked = Encoding.ASCII.GetString(buffer, 0, read);
                await stream.WriteAsync(asked.Contains("PING", StringComparison.OrdinalIgnoreCase) ? "+PONG\r\n"u8.ToArray() : "-ERR simulated: only PING\r\n"u8.ToArray(), _stopping.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or SocketException)
        {
            // The client left, or the resource was deleted: both end the connection.
        }
    }
}
