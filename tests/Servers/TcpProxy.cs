using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Servers;

/// <summary>How a link is cut.</summary>
public enum LinkCut
{
    /// <summary>Connections are reset, and new ones too: a host that is gone.</summary>
    Reset,

    /// <summary>Bytes wait and nobody is told: a cable that is pulled. What waited is delivered when the link heals, as TCP would.</summary>
    BlackHole,
}

/// <summary>A loopback TCP proxy in front of a server, whose link can be cut, healed and slowed. It listens from the start to the end.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedConnection> _connections = [];
    private readonly int _target;
    private readonly Task _accepting;
    private TaskCompletionSource _passable = Passable();
    private LinkCut? _cut;
    private int _asked;

    private TcpProxy(int target, IPAddress at)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(at, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How long every byte takes in each direction. Default none.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections were asked for so far, also while the link was cut.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>How many connections are open now.</summary>
    public int Connections
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <param name="target">The server's loopback port.</param>
    /// <param name="at">Where it listens; null: on loopback.</param>
    public static TcpProxy Start(int target, IPAddress? at = null) => new(target, at ?? IPAddress.Loopback);

    public void Cut(LinkCut cut)
    {
        ProxiedConnection[] reset;
        lock (_lock)
        {
            _cut = cut;
            if (_passable.Task.IsCompleted)
            {
                _passable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            reset = cut == LinkCut.Reset ? [.. _connections] : [];
        }

        foreach (var connection in reset)
        {
            connection.Reset();
        }
    }

    public void Heal()
    {
        lock (_lock)
        {
            _cut = null;
            _passable.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        Cut(LinkCut.Reset);
        await _accepting;
        _end.Dispose();
    }

    internal Task WhenPassableAsync()
    {
        lock (_lock)
        {
            return _passable.Task.WaitAsync(_end.Token);
        }
    }

    private static TaskCompletionSource Passable()
    {
        var passable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        passable.SetResult();
        return passable;
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                var asking = await _listener.AcceptAsync(_end.Token);
                Interlocked.Increment(ref _asked);
                served.Add(ServeAsync(asking));
                served.RemoveAll(task => task.IsCompleted);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The proxy ends.
        }

        await Task.WhenAll(served);
    }

    private async Task ServeAsync(Socket client)
    {
        using var connection = new ProxiedConnection(this, client, _target);
        bool reset;
        lock (_lock)
        {
            reset = _cut == LinkCut.Reset || _end.IsCancellationRequested;
            _connections.Add(connection);
        }

        if (reset)
        {
            connection.Reset();
        }
        else
        {
            await connection.PumpAsync(_end.Token);
        }

        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }
}
