using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Triggers;

/// <summary>The server that <see cref="TriggerClusterTests"/> kills: an engine, its worker and a scheduler in a process of their own.</summary>
internal static class TriggerProcess
{
    public const string Argument = "--trigger-process";

    public const string Ready = "ready";

    /// <summary>Publishes each file whose path it reads on its input.</summary>
    public static async Task RunAsync(string store, string bus, string name)
    {
        await using var harness = await OpenHarnessAsync(store, bus, name);
        await using var server = await OpenServerAsync(harness, store, name);
        Console.WriteLine(Ready);
        while (Console.ReadLine() is { } file) harness.Publish(await File.ReadAllTextAsync(file));
    }

    public static Task<EngineHarness> OpenHarnessAsync(string store, string bus, string name) =>
        // A busy machine must not make a living server seem dead.
        EngineHarness.OpenAsync(configure: options => (options.Store, options.Bus, options.ServerName, options.FailureTimeout) = (store, bus, name, TimeSpan.FromSeconds(10)));

    public static Task<TriggerServer> OpenServerAsync(EngineHarness harness, string store, string name) =>
        TriggerServer.OpenAsync(harness, Clocks.System, options => (options.Store, options.ServerName) = (store, name));
}
