using System.Text;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>Events through a file that the executable appends to. Its last line may be half written, for now or for ever.</summary>
internal sealed class EventFile : IEventChannel
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Action<string> _onLine;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _reading;
    private readonly List<byte> _rest = [];
    private long _position;

    public EventFile(string path, Action<string> onLine, TimeProvider systemClock)
    {
        Address = path;
        _onLine = onLine;
        _reading = FollowAsync(systemClock);
    }

    public string Address { get; }

    /// <summary>Bytes after the last newline: an event that the process did not finish writing.</summary>
    public int Torn => _rest.Count;

    public async Task DrainAsync()
    {
        await _ended.CancelAsync();
        await _reading;
        await ReadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _reading;
        _ended.Dispose();
    }

    private async Task FollowAsync(TimeProvider systemClock)
    {
        using var timer = new PeriodicTimer(Interval, systemClock);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await ReadAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The process has ended: what is left is read once more by whoever drains.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await using var file = new FileStream(Address, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = _position;
            var buffer = new byte[64 * 1024];
            while (await file.ReadAsync(buffer) is > 0 and var count)
            {
                _position += count;
                Take(buffer.AsSpan(0, count));
            }
        }
        catch (FileNotFoundException)
        {
            // The executable makes it with its first event.
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            _rest.AddRange(bytes[..end]);
            _onLine(Encoding.UTF8.GetString([.. _rest]));
            _rest.Clear();
            bytes = bytes[(end + 1)..];
        }

        _rest.AddRange(bytes);
    }
}
