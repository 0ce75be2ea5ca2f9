using System.Reflection;
using Orchestrator.Workflows.Tests.Execution;
using Orchestrator.Workflows.Transport.Rabbit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Orchestrator.Workflows.Tests.Transports;

public class ConnectionWatchTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ManualClock time = new();

    [Fact]
    public async Task A_closed_connection_is_lost_although_the_client_raises_no_event()
    {
        using var watch = new ConnectionWatch(time, Interval);
        var (connection, state) = Silent.Create<IConnection>();
        watch.Follow(connection, Silent.Create<IChannel>().Proxy);

        time.Advance(10 * Interval);
        Assert.False(watch.Lost.IsCompleted);

        state.CloseReason = new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "CONNECTION_FORCED");
        time.Advance(Interval);

        Assert.True(watch.Lost.IsCompletedSuccessfully);
        Assert.Equal("CONNECTION_FORCED", await watch.Lost);
    }

    [Fact]
    public void A_connection_that_was_closed_before_anybody_listened_is_lost_at_once()
    {
        using var watch = new ConnectionWatch(time, Interval);
        var (connection, state) = Silent.Create<IConnection>();
        state.CloseReason = new ShutdownEventArgs(ShutdownInitiator.Library, 541, "gone");

        watch.Follow(connection, Silent.Create<IChannel>().Proxy);

        Assert.True(watch.Lost.IsCompleted);
    }

    [Fact]
    public void One_of_several_connections_that_closes_ends_the_watch()
    {
        using var watch = new ConnectionWatch(time, Interval);
        var (first, _) = Silent.Create<IConnection>();
        var (second, state) = Silent.Create<IConnection>();
        watch.Follow(first, Silent.Create<IChannel>().Proxy);
        watch.Follow(second, Silent.Create<IChannel>().Proxy);
        watch.Follow(first, Silent.Create<IChannel>().Proxy);

        state.CloseReason = new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "CONNECTION_FORCED");
        time.Advance(Interval);

        Assert.True(watch.Lost.IsCompleted);
    }

    /// <summary>Takes every handler, raises nothing, and is open until it has a reason to be closed.</summary>
    public class Silent : DispatchProxy
    {
        public ShutdownEventArgs? CloseReason { get; set; }

        public static (T Proxy, Silent State) Create<T>()
            where T : class
        {
            var proxy = Create<T, Silent>();
            return (proxy, (Silent)(object)proxy);
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "get_CloseReason" => CloseReason,
            "get_IsOpen" => CloseReason is null,
            "GetHashCode" => 0,
            _ when targetMethod.ReturnType == typeof(void) => null,
            _ => throw new NotSupportedException(targetMethod.Name),
        };
    }
}
