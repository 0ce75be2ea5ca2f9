using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Triggers;

/// <summary>The node that <see cref="TriggerClusterTests"/> kills: an engine, its worker and a scheduler in a process of their own.</summary>
internal static class TriggerProcess
{
    public const string Argument = "--trigger-process";

    public const string Ready = "ready";

    /// <summary>Publishes each file whose path it reads on its input.</summary>
    public static async Task RunAsync(string store, string bus, string name)
    {
        await using var room = await OpenRoomAsync(store, bus, name);
        await using var node = await OpenNodeAsync(room, store, name);
        Console.WriteLine(Ready);
        while (Console.ReadLine() is { } file) room.Publish(await File.ReadAllTextAsync(file));
    }

    public static Task<EngineRoom> OpenRoomAsync(string store, string bus, string name) =>
        // A busy machine must not make a living node seem dead.
        EngineRoom.OpenAsync(configure: options => (options.Store, options.Bus, options.Node, options.Silence) = (store, bus, name, TimeSpan.FromSeconds(10)));

    public static Task<TriggerNode> OpenNodeAsync(EngineRoom room, string store, string name) =>
        TriggerNode.OpenAsync(room, Clocks.System, options => (options.Store, options.Node) = (store, name));
}
