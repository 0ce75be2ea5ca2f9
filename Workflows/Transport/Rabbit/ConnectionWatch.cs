using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// Says when the bus's connection is gone or takes nothing. MassTransit tells nobody, and tries again in pauses that grow to half a
/// minute; a session ends with its connection instead.
/// The client's events alone do not tell: it awaits every handler of every channel before the next, and a sender that waits for room
/// on the closed socket holds them all up, for as long as it lives. So the connections are also looked at, every so often.
/// </summary>
internal sealed class ConnectionWatch : IDisposable
{
    private readonly TaskCompletionSource<string> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private readonly HashSet<IConnection> seen = new(ReferenceEqualityComparer.Instance);
    private readonly ITimer check;

    /// <param name="interval">Between two looks at the connections.</param>
    public ConnectionWatch(TimeProvider time, TimeSpan interval)
    {
        check = time.CreateTimer(_ => Check(), null, interval, interval);
        _ = lost.Task.ContinueWith(_ => Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Completes with the reason.</summary>
    public Task<string> Lost => lost.Task;

    /// <summary>Why the broker takes nothing at present; null when it does.</summary>
    public string? Blocked { get; private set; }

    public void Lose(string reason) => lost.TrySetResult(reason);

    /// <summary>Watches a channel's connection.</summary>
    public void Follow(IConnection connection, IChannel channel)
    {
        // The connection's own event comes late: the client awaits every handler of every channel before.
        channel.ChannelShutdownAsync += (_, shutdown) =>
        {
            if (!connection.IsOpen) Lose(Words(shutdown));
            return Task.CompletedTask;
        };
        lock (gate)
        {
            if (!seen.Add(connection)) return;
        }

        connection.ConnectionBlockedAsync += (_, blocked) => Block(blocked.Reason);
        connection.ConnectionUnblockedAsync += (_, _) => Block(null);
        connection.ConnectionShutdownAsync += (_, shutdown) =>
        {
            Lose(Words(shutdown));
            return Task.CompletedTask;
        };
        // It may have gone before anybody listened.
        if (connection.CloseReason is { } reason) Lose(Words(reason));
    }

    public void Dispose() => check.Dispose();

    private void Check()
    {
        lock (gate)
        {
            foreach (var connection in seen)
            {
                if (connection.CloseReason is { } reason) Lose(Words(reason));
            }
        }
    }

    private Task Block(string? reason)
    {
        Blocked = reason;
        return Task.CompletedTask;
    }

    private static string Words(ShutdownEventArgs shutdown) => shutdown.Exception?.GetBaseException().Message ?? shutdown.ReplyText;
}
