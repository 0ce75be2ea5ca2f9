using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Orchestrator.Servers;

/// <summary>One connection through the proxy.</summary>
internal sealed class ProxiedConnection(TcpProxy proxy, Socket client, int target) : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Passes bytes both ways until either end closes.</summary>
    public async Task PumpAsync(CancellationToken cancellationToken)
    {
        try
        {
            client.NoDelay = _server.NoDelay = true;
            await proxy.WhenPassableAsync();
            await _server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, target), cancellationToken);
            await Task.WhenAll(PassAsync(client, _server, cancellationToken), PassAsync(_server, client, cancellationToken));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException or ChannelClosedException)
        {
            // What one end did to the connection, the other one sees too.
            Reset();
        }
    }

    /// <summary>Both ends see the connection reset.</summary>
    public void Reset()
    {
        foreach (var socket in (Socket[])[client, _server])
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                continue;
            }

            socket.Dispose();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
    }

    private async Task PassAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        var underway = Channel.CreateBounded<(byte[] Bytes, long Left)>(64);
        await Task.WhenAll(ReadAsync(), WriteAsync());

        async Task ReadAsync()
        {
            try
            {
                var buffer = new byte[64 * 1024];
                while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and var count)
                {
                    await underway.Writer.WriteAsync((buffer[..count], TimeProvider.System.GetTimestamp()), cancellationToken);
                }

                underway.Writer.TryComplete();
            }
            catch (Exception exception)
            {
                Reset();
                underway.Writer.TryComplete(exception);
            }
        }

        async Task WriteAsync()
        {
            try
            {
                await foreach (var (bytes, left) in underway.Reader.ReadAllAsync(cancellationToken))
                {
                    var wait = proxy.Delay - TimeProvider.System.GetElapsedTime(left);
                    if (wait > TimeSpan.Zero)
                    {
                        await Task.Delay(wait, TimeProvider.System, cancellationToken);
                    }

                    await proxy.WhenPassableAsync();
                    for (var sent = 0; sent < bytes.Length;)
                    {
                        sent += await to.SendAsync(bytes.AsMemory(sent), cancellationToken);
                    }
                }

                to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception exception)
            {
                Reset();
                underway.Writer.TryComplete(exception);
                throw;
            }
        }
    }
}
