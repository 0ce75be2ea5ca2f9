using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>
/// Says when the bus's connection is gone or takes nothing. MassTransit tells nobody, and tries again in pauses that grow to half a
/// minute; a session ends with its connection instead.
/// </summary>
internal sealed class ConnectionWatch
{
    private readonly TaskCompletionSource<string> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private IConnection? seen;

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
            if (ReferenceEquals(seen, connection)) return;
            seen = connection;
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

    private Task Block(string? reason)
    {
        Blocked = reason;
        return Task.CompletedTask;
    }

    private static string Words(ShutdownEventArgs shutdown) => shutdown.Exception?.GetBaseException().Message ?? shutdown.ReplyText;
}
