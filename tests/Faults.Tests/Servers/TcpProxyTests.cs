using System.Net;
using System.Net.Sockets;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests.Servers;

public sealed class TcpProxyTests
{
    [Fact]
    public async Task A_cut_link_heals()
    {
        await using var echo = new EchoServer();
        await using var proxy = TcpProxy.Start(echo.Port);
        using var cut = await ConnectAsync(proxy);
        Assert.Equal(1, await AskAsync(cut, 1));

        proxy.Cut(LinkCut.Reset);

        await Assert.ThrowsAnyAsync<SocketException>(() => AskAsync(cut, 2));
        await Assert.ThrowsAnyAsync<SocketException>(async () =>
        {
            using var refused = await ConnectAsync(proxy);
            await AskAsync(refused, 3);
        });
        proxy.Heal();
        using var healed = await ConnectAsync(proxy);
        Assert.Equal(4, await AskAsync(healed, 4));
    }

    [Fact]
    public async Task A_black_hole_delivers_what_waited_when_it_heals()
    {
        await using var echo = new EchoServer();
        await using var proxy = TcpProxy.Start(echo.Port);
        using var client = await ConnectAsync(proxy);
        Assert.Equal(1, await AskAsync(client, 1));

        proxy.Cut(LinkCut.BlackHole);
        var answer = AskAsync(client, 2);
        using var fresh = await ConnectAsync(proxy);
        var other = AskAsync(fresh, 3);

        // Nothing says that an answer will not come; only the other way round is sure: none has passed while the link is cut.
        Assert.Equal(1, echo.Received);
        Assert.False(answer.IsCompleted || other.IsCompleted);
        proxy.Heal();
        Assert.Equal(2, await answer);
        Assert.Equal(3, await other);
    }

    [Fact]
    public async Task A_slow_link_delays_both_ways()
    {
        await using var echo = new EchoServer();
        await using var proxy = TcpProxy.Start(echo.Port);
        using var client = await ConnectAsync(proxy);
        proxy.Delay = TimeSpan.FromMilliseconds(50);
        var asked = TimeProvider.System.GetTimestamp();

        Assert.Equal(1, await AskAsync(client, 1));

        Assert.True(TimeProvider.System.GetElapsedTime(asked) >= TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_connection_that_the_server_closes_is_closed_for_the_client()
    {
        await using var echo = new EchoServer();
        await using var proxy = TcpProxy.Start(echo.Port);
        using var client = await ConnectAsync(proxy);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    }

    private static async Task<Socket> ConnectAsync(TcpProxy proxy)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, proxy.Port));
        return socket;
    }

    private static async Task<int> AskAsync(Socket socket, byte question)
    {
        var answer = new byte[1];
        await socket.SendAsync(new[] { question });
        return await socket.ReceiveAsync(answer) == 1 ? answer[0] : throw new SocketException((int)SocketError.ConnectionReset);
    }

    /// <summary>Gives every byte back.</summary>
    private sealed class EchoServer : FakeServer
    {
        private int _received;

        public int Received => Volatile.Read(ref _received);

        protected override async Task ServeAsync(Stream client)
        {
            var buffer = new byte[1];
            while (await client.ReadAsync(buffer) == 1)
            {
                Interlocked.Increment(ref _received);
                await client.WriteAsync(buffer);
            }
        }
    }
}
