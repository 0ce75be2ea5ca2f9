using Orchestrator.Simulation.Machine;

namespace Orchestrator.Simulation.Checks;

/// <summary>A reader of the journal at each server, who goes on at the next process where the one before has ended.</summary>
internal sealed class Watchers(History history)
{
    private readonly SortedDictionary<string, long> positions = new(StringComparer.Ordinal);

    /// <summary>The last entry that each has seen.</summary>
    public IReadOnlyDictionary<string, long> Positions => positions;

    public void Watch(Server server) => _ = WatchAsync(server);

    private async Task WatchAsync(Server server)
    {
        var journal = server.Journal!;
        try
        {
            await foreach (var entry in journal.Tail.WatchAsync(journal, positions.GetValueOrDefault(server.Name), null, CancellationToken.None))
            {
                var before = positions.GetValueOrDefault(server.Name);
                if (entry.Position != before + 1) history.Violate("watch", $"a watcher at {server.Name} saw position {entry.Position} after {before}");
                positions[server.Name] = entry.Position;
            }
        }
        catch (IOException)
        {
            // The store could not be read: the client connects again.
            if (server.Life is { } life) life.Timeline.After(TimeSpan.FromSeconds(1), life, () => Watch(server));
        }
    }
}
