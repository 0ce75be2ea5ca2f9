using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Postgres;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Hosting;

/// <summary>Tries the store and the bus that servers share, as a server would at its start, and changes nothing there.</summary>
public static class ServerConnections
{
    /// <summary>What the store is, in one line with its address; and what is wrong though it can be used, with the fix.</summary>
    /// <exception cref="JournalUnavailableException">It cannot be used, with the reason and the fix.</exception>
    public static async Task<(string Where, string Detail, string? Warning)> StoreAsync(string store, CancellationToken cancellationToken)
    {
        var state = await PostgresCheck.AskAsync(store, cancellationToken);
        var schema = state.Schema == 0 ? "no journal yet" : $"journal of schema {state.Schema}";
        var warning = state.Flushes ? null : "a commit that is acknowledged may be lost when the machine goes down: set fsync = on and synchronous_commit = on";
        return ($"{state.Server}/{state.Database}", $"PostgreSQL {state.Release}, {schema}{(state.Schema is > 0 and var version && version < PostgresState.KnownSchema ? $", which the next start brings to {PostgresState.KnownSchema}" : "")}", warning);
    }

    /// <summary>What the bus is, in one line with its address.</summary>
    /// <exception cref="BusUnavailableException">It cannot be used, with the reason and the fix.</exception>
    public static async Task<(string Where, string Detail)> BusAsync(string bus, CancellationToken cancellationToken)
    {
        if (!BrokerAddress.TryParse(bus, out var address, out var diagnostic)) throw new BusUnavailableException(diagnostic);

        await using var broker = await BrokerConnection.OpenAsync(address, "orchestrator doctor", new RabbitLimits(), cancellationToken);
        return (address.Shown, $"RabbitMQ {broker.Release}");
    }
}
